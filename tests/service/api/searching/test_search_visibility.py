"""Searches of every kind of caller find what their lists show, and nothing else."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from string import ascii_lowercase, digits
from typing import Any, cast

import httpx
import pytest

from domain.foundation import Caller, ProgrammeId
from service.clock_and_ids import now
from service.reading.options import ReadOptions
from service.reading.reader import Reader
from service.reading.searching.folding import fold
from service.reading.searching.matching import WORD
from service.reading.searching.rows import rows_of_programme
from service.reading.searching.search import Thing, open_things, things_in
from tests.conftest import Api
from tests.service.api.examples.everybody import Everybody, everybody, plan
from tests.service.api.examples.membership import WHY, person
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import ATeam

pytestmark = pytest.mark.own_kring  # the setting is large

OF_PROGRAMME = ("", "/announcements", "/challenges", "/commitments", "/gatherings", "/teams")
OF_TEAM = (
    *("/advice", "/answer", "/comments", "/files", "/gatherings", "/guiding-question", "/insights", "/interviews"),
    *("/problem-statement", "/recommendations", "/sources", "/stakeholders", "/summary", "/trips"),
)
LISTED_ELSEWHERE = {"organisation"}
"""Kinds that every caller can read; a search finds those of the challenges that the caller sees."""


async def shared_and_left(api: Api, team: ATeam, ids: dict[str, str]) -> dict[str, httpx.AsyncClient]:
    """Share some of the work with either circle; let a member leave who made some of it. Returns further callers."""
    leaving, path = team.members[3], f"/teams/{team.id}"
    await made_by(leaving, path, "Vertrekker")
    made(await leaving.post(f"{path}/answer", json={"text": "Vertrekker antwoord"}))
    made(await team.members[1].post(f"{path}/answer", json={"text": "Later antwoord"}))
    await held(team, ids["own"], team.members[1])
    await held(team, ids["session"], team.facilitator)
    for circle in ("programme", "commissioner"):
        shared = await made_by(team.members[1], path, f"Gedeeld met {circle}")
        for kind, one in shared.items():
            answer = await team.members[1].post(f"{path}/shares", json={"item_id": one, "with": circle})
            assert answer.status_code in {201, 409}, f"{kind} {answer.text}"
    made(await team.members[0].post(f"{path}/shares", json={"item_id": ids["trip"], "with": "programme"}))
    guest = {"person_id": team.commissioner_id}
    made(await team.members[0].post(f"/trips/{ids['trip']}/guests", json=guest))
    made(await team.manager.post(f"{path}/departures", json={"person_id": team.people[3], **WHY}), 200)
    bound = await person(api, team.manager, "Gebonden")
    assigned = {"person_id": bound, "team_ids": [ids["other_team"]]}
    made(await team.manager.post(f"/programmes/{team.programme}/facilitators", json=assigned))
    some = await person(api, team.manager, "Deels")
    contact = {"person_id": some, "role": "commissioner", "challenge_ids": [team.challenge]}
    made(await team.manager.post(f"/organisations/{team.bank}/contacts", json=contact))
    return {
        "former member": leaving,
        "facilitator of another CoP": await api.as_("facilitator", bound),
        "commissioner of one challenge": await api.as_("commissioner", some),
        "guest": await api.as_("facilitator", ids["guest"]),
    }


async def held(team: ATeam, gathering: str, by: httpx.AsyncClient) -> None:
    """Record the attendance and minutes of a gathering."""
    absent = {"person_id": team.people[0], "present": False, "reason": "Griep in huis"}
    made(await by.post(f"/gatherings/{gathering}/attendance", json={"people": [absent]}), 200)
    made(await by.post(f"/gatherings/{gathering}/minutes", json={"text": "Besproken is de vergunning."}), 200)


async def made_by(member: httpx.AsyncClient, path: str, mark: str) -> dict[str, str]:
    """One item of each kind that can be shared."""
    bodies: dict[str, dict[str, Any]] = {
        "sources": {"csl": {"type": "book", "title": f"{mark} boek"}},
        "insights": {"text": f"{mark} inzicht"},
        "interviews": {"who": f"{mark} persoon", "role": f"{mark} rol", "sector": "knowledge"},
        "stakeholders": {"name": f"{mark} belanghebbende"},
        "gatherings": {**plan(), "kind": "own", "place": f"{mark} plaats"},
        "recommendations": {"text": f"{mark} aanbeveling", "evidence": [], "addressee": {"name": f"{mark} adres"}},
    }
    found: dict[str, str] = {}
    for kind, body in bodies.items():
        answer = await member.post(f"{path}/{kind}", json=body)
        if kind == "recommendations" and not answer.is_success:
            continue
        found[kind] = made(answer)["id"]
    held = await member.post(f"/interviews/{found['interviews']}/holding", json={"findings": f"{mark} bevinding"})
    made(held, 200)
    consent = {"scope": "anonymous_quote"}
    made(await member.post(f"/interviews/{found['interviews']}/consent", json=consent), 200)
    comment = {"on": found["sources"], "text": f"{mark} opmerking"}
    found["comments"] = made(await member.post(f"{path}/comments", json=comment))["id"]
    name = (f"{mark}.pdf", b"%PDF-1.7", "application/pdf")
    found["files"] = made(await member.post(f"{path}/files", files={"file": name}))["id"]
    return found


def texts_by_id(value: object, of: str = "") -> Iterator[tuple[str, str]]:
    """All texts of an answer, with the id of the nearest thing that contains them."""
    if isinstance(value, str):
        yield of, value
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from texts_by_id(one, of)
    elif isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        inner = str(fields.get("id", of))
        for one in fields.values():
            yield from texts_by_id(one, inner)


async def listed(client: httpx.AsyncClient, all_: Everybody) -> dict[str, set[str]]:
    """All texts that the caller's lists show, by id."""
    programme, teams = f"/programmes/{all_.ids['programme']}", (all_.team.id, all_.ids["other_team"])
    paths = [f"{programme}{one}" for one in OF_PROGRAMME] + [f"/teams/{team}{one}" for team in teams for one in OF_TEAM]
    paths += ["/people", f"/trips/{all_.ids['trip']}", f"/trips/{all_.ids['trip']}/bookings"]
    found: dict[str, set[str]] = {}
    teams_seen: dict[str, str] = {}
    for path in paths:
        answer = await client.get(path)
        if not answer.is_success:
            continue
        for one, text in texts_by_id(answer.json(), path.split("/")[2] if path.startswith("/teams/") else ""):
            found.setdefault(one, set()).add(text)
        if path == f"{programme}/teams":
            teams_seen = {one["id"]: one["challenge_id"] for one in answer.json()["items"]}
    for team, challenge in teams_seen.items():  # a CoP is found by the title of its challenge
        found[team] = found.get(team, set()) | found.get(challenge, set())
    return found


async def searched(client: httpx.AsyncClient, programme: str, beginnings: list[str]) -> dict[tuple[str, str], set[str]]:
    """The findings of the caller's searches for words with these beginnings: snippets by kind and id."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in beginnings:
        answer = await client.get(f"/programmes/{programme}/search", params={"q": one, "limit": 200})
        if answer.status_code == 404:
            continue
        page = made(answer, 200)
        assert page["next"] is None
        assert not page["cut_off"]
        for hit in page["items"]:
            found.setdefault((hit["kind"], hit["id"]), set()).add(hit["text"])
    return found


def covering(things: list[Thing]) -> list[str]:
    """Beginnings of words, at least one of which is in every text."""
    texts = {text.text for one in things for text in one.opened()}
    left = [{word[0] for word in WORD.findall(fold(text))} for text in texts]
    found: list[str] = []
    while left:
        best = max(ascii_lowercase + digits, key=lambda letter: sum(letter in one for one in left))
        assert any(best in one for one in left)
        found.append(best)
        left = [one for one in left if best not in one]
    return found


async def everything(api: Api, programme: str) -> list[Thing]:
    """All things of a programme."""
    reader = Reader(api.kring, Caller(role="manager", via="test", at=now() + timedelta(seconds=1)))
    rows = await rows_of_programme(reader, ProgrammeId(programme), ReadOptions())
    things = list(things_in(await rows.all()))
    await open_things(reader, things)
    return [one for one in things if one.opened()]


async def test_rules_10_27_a_search_finds_what_the_callers_lists_show(api: Api) -> None:
    all_ = await everybody(api)
    callers = all_.known | await shared_and_left(api, all_.team, all_.ids)
    programme = all_.ids["programme"]
    made(await all_.team.manager.get("/people", params={"at_least": await api.head()}), 200)
    things = await everything(api, programme)
    assert len({one.searched.kind for one in things}) > 20
    beginnings = covering(things)
    wrong = await asyncio.gather(*(differences(name, one, all_, things, beginnings) for name, one in callers.items()))
    assert [line for lines in wrong for line in lines] == []


async def differences(
    name: str, client: httpx.AsyncClient, all_: Everybody, things: list[Thing], beginnings: list[str]
) -> list[str]:
    """Differences between what a caller's lists show and what their searches find."""
    shown, found = await listed(client, all_), await searched(client, all_.ids["programme"], beginnings)
    person = made(await client.get("/me"), 200)["person"]
    if person is not None:
        shown.pop(person["id"], None)  # everybody sees themselves, wherever they are
        found.pop(("person", person["id"]), None)
    wrong: list[str] = []
    for thing in things:
        kind, one = thing.searched.kind, str(thing.id)
        texts = {text.text for text in thing.opened()}
        if person is not None and one == person["id"]:
            continue
        visible, snippets = bool(texts & shown.get(one, set())), found.pop((kind, one), set[str]())
        if kind in LISTED_ELSEWHERE:
            continue
        if visible and not snippets:
            wrong.append(f"{name}: {kind} {texts} is listed, and not found")
        wrong += [
            f"{name}: {kind} shows “{snippet}”, which is not listed"
            for snippet in snippets
            if not any(snippet.strip("…") in text for text in shown.get(one, ()))
        ]
    return wrong + [f"{name}: finds {one}" for one in found]
