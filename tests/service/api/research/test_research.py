"""A team's research over HTTP: permissions and answers."""

import pytest

from tests.conftest import Api
from tests.service.api.examples.research import PLACED
from tests.service.api.examples.team import ATeam, a_team, at, ok

CSL = {"type": "report", "title": "Start-ups in Zwolle", "issued": {"date-parts": [[2016, 5]]}}


async def test_a_source_is_hidden_from_other_teams_until_it_is_shared(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    answer = await anna.post(f"/teams/{team.id}/sources", json={"csl": CSL})
    source = await ok(answer)
    assert source["csl"] == CSL
    assert source["status"] == "logged"
    path = f"/sources/{source['id']}"
    for reader in (anna, bert, team.facilitator, team.manager):
        assert (await ok(await reader.get(path, params=at(answer)), 200))["csl"] == CSL
    for reader in (team.other, team.commissioner, team.stranger):
        assert (await reader.get(path)).status_code == 404
    assert (await ok(await team.other.get(f"/teams/{team.id}/sources"), 200))["items"] == []
    share = {"item_id": source["id"], "with": "programme"}
    answer = await anna.post(f"/teams/{team.id}/shares", json=share)
    assert (await ok(answer))["shared_with"] == ["programme"]
    assert (await ok(await team.other.get(path, params=at(answer)), 200))["id"] == source["id"]
    assert len((await ok(await team.other.get(f"/teams/{team.id}/sources"), 200))["items"]) == 1
    assert len((await ok(await team.other.get(f"/teams/{team.id}/shares"), 200))["items"]) == 1
    assert (await team.commissioner.get(path)).status_code == 404
    answer = await anna.post(f"/teams/{team.id}/shares", json=share | {"with": "commissioner"})
    assert (await ok(answer))["shared_with"] == ["commissioner", "programme"]
    assert (await team.commissioner.get(path, params=at(answer))).status_code == 200
    assert (await anna.post(f"/teams/{team.id}/shares", json=share)).status_code == 409
    assert (await team.stranger.get(path)).status_code == 404


async def test_only_members_write_research(api: Api) -> None:
    team = await a_team(api)
    writers = {"facilitator": 403, "manager": 403, "other": 403, "commissioner": 403, "stranger": 404}
    for name, status in writers.items():
        answer = await getattr(team, name).post(f"/teams/{team.id}/sources", json={"csl": CSL})
        assert answer.status_code == status, name
    interview = await interviewed(team)
    for name, status in {"facilitator": 403, "other": 404, "commissioner": 404, "stranger": 404}.items():
        answer = await getattr(team, name).post(f"/interviews/{interview}/holding", json={"findings": "x"})
        assert answer.status_code == status, name


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("sources", {"csl": {"title": "no type"}}, "csl.type"),
        ("sources", {"csl": {"type": "book", "note": "x" * 20_000}}, "csl"),
        ("sources", {"csl": {"type": "book", "note": "\u0007"}}, "csl.note"),
        ("insights", {"text": "x", "about": "source_01h455vb4pex5vsknk084sn02q"}, "about"),
        ("comments", {"text": "x", "on": "trip_01h455vb4pex5vsknk084sn02q"}, "on"),
        ("shares", {"item_id": "source_01h455vb4pex5vsknk084sn02q", "with": "programme"}, "item_id"),
    ],
)
async def test_bad_input_is_named(api: Api, path: str, body: dict[str, object], field: str) -> None:
    team = await a_team(api)
    answer = await team.members[0].post(f"/teams/{team.id}/{path}", json=body)
    assert [one["field"] for one in (await ok(answer, 422))["errors"]] == [field]


async def interviewed(team: ATeam, **fields: object) -> str:
    body = {"who": "Prof. De Vries", "role": "Lector", "sector": "knowledge", "on": "2016-11-03"} | fields
    planned = await ok(await team.members[0].post(f"/teams/{team.id}/interviews", json=body))
    assert planned["status"] == "planned"
    assert planned["consent"] == "background"
    return planned["id"]


async def test_an_interview_is_shared_only_as_far_as_consent_allows(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    interview = await interviewed(team)
    path = f"/interviews/{interview}"
    held = await ok(await anna.post(f"{path}/holding", json={"findings": "Koppel ze"}), 200)
    assert (held["status"], held["findings"], held["who"]) == ("held", "Koppel ze", "Prof. De Vries")
    assert (await anna.post(f"{path}/holding", json={"findings": "Weer"})).status_code == 409
    await ok(await anna.post(f"/teams/{team.id}/shares", json={"item_id": interview, "with": "programme"}))
    expected = {
        "named_quote": ("Prof. De Vries", "Koppel ze"),
        "anonymous_quote": (None, "Koppel ze"),
        "background": (None, None),
        None: (None, None),
    }
    for scope, (who, findings) in expected.items():
        answer = await anna.post(f"{path}/consent", json={"scope": scope})
        assert (await ok(answer, 200))["consent"] == scope
        shown = await ok(await team.other.get(path, params=at(answer)), 200)
        assert (shown["who"], shown["findings"]) == (who, findings), scope
        assert (await ok(await team.other.get(f"/teams/{team.id}/interviews"), 200))["items"] == [shown]
    assert (await anna.post(f"{path}/consent", json={"scope": None})).status_code == 409


async def test_a_stakeholder_can_be_moved_and_is_never_shown_to_the_commissioner(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    body = {"name": "Wethouder", "organisation": "Gemeente Zwolle"}
    stakeholder = await ok(await anna.post(f"/teams/{team.id}/stakeholders", json=body))
    path = f"/stakeholders/{stakeholder['id']}"
    await ok(await anna.post(f"{path}/placement", json=PLACED))
    moved = await ok(await anna.post(f"{path}/placement", json=PLACED | {"stance": 1}))
    assert [one["stance"] for one in moved["placements"]] == [-1, 1]
    answer = await anna.post(f"{path}/talks", json={"outcome": "Wil meedoen", "next_step": "Terug in maart"})
    assert [one["outcome"] for one in (await ok(answer))["talks"]] == ["Wil meedoen"]
    assert (await ok(await anna.get(f"{path}/talks", params=at(answer)), 200))["items"][0][
        "next_step"
    ] == "Terug in maart"
    for reader in (team.commissioner, team.stranger, team.other):
        assert (await reader.get(path)).status_code == 404
    assert (await team.commissioner.get(f"/teams/{team.id}/stakeholders")).status_code == 404
    shared = {"item_id": stakeholder["id"], "with": "commissioner"}
    assert (await anna.post(f"/teams/{team.id}/shares", json=shared)).status_code == 409
    assert len((await ok(await team.facilitator.get(f"/teams/{team.id}/stakeholders"), 200))["items"]) == 1
    assert (await anna.post(f"{path}/placement", json=PLACED | {"power": 6})).status_code == 422
