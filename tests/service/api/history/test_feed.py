"""The feed over HTTP: every event visible to its reader, once, in order; and texts redacted for good."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from domain.foundation import Caller, Label, OrganisationId, PersonId
from domain.people.people import RegisterOrganisation
from service import mailbox
from service.clock_and_ids import new_id, now
from service.reading.feed import FeedReader, teams_among
from tests.conftest import Api
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import a_team, ok

EVERYTHING = "text/event-stream"
TIMEOUT_S = 20.0  # a test that waits longer hangs


async def feed(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    return made(await client.get("/events", params=query), 200)


async def all_of(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """Read page by page until `next` is the head."""
    found, after = list[dict[str, Any]](), 0
    while True:
        page = await feed(client, after=after, limit=7, **query)
        found += page["items"]
        if page["next"] == after:
            return found
        after = page["next"]


def topics(events: list[dict[str, Any]]) -> set[str]:
    return {one["type"] for one in events}


async def test_an_event_is_a_cloud_event_with_digests_of_its_texts(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    proposed = next(one for one in await all_of(setting.facilitator) if one["type"] == "challenge.proposed")
    assert proposed["specversion"] == "1.0"
    assert proposed["id"] == str(proposed["position"])
    assert proposed["source"] == f"urn:kring:{api.kring.log.log_id}"
    assert proposed["subject"] == setting.challenges[0]
    assert proposed["datacontenttype"] == "application/json"
    assert "Vraagstuk 0" not in json.dumps(proposed)
    assert proposed["data"]["challenge"] == setting.challenges[0]
    assert set(proposed) >= {"time", "actor", "correlationid", "data"}
    assert "reason_digest" not in json.dumps(proposed)


async def test_events_caused_by_kring_itself_name_their_cause(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    before = await all_of(setting.manager)
    (cause,) = await api.kring.log.at([3])
    by, bank = Caller(role="system", via="job_test", at=now()), OrganisationId(new_id("organisation"))
    await api.kring.commands.execute(lambda: RegisterOrganisation(bank, name=Label("Bank"), by=by), cause=cause)
    *earlier, registered = await all_of(setting.manager)
    assert (registered["causationid"], registered["correlationid"]) == (earlier[2]["id"], earlier[2]["correlationid"])
    assert earlier == before
    assert not any("causationid" in one for one in before), "somebody did these"


@pytest.mark.own_kring
async def test_a_general_manager_gets_every_event_once_in_order_by_pages(api: Api) -> None:
    setting = await programme(api)
    events = await all_of(setting.manager)
    assert [one["position"] for one in events] == list(range(1, await api.kring.log.head() + 1))


async def test_next_skips_events_hidden_from_the_reader(api: Api) -> None:
    team = await a_team(api)
    await ok(await team.members[0].post(f"/teams/{team.id}/insights", json={"text": "Ze zoeken elkaar."}))
    page = await feed(team.other, after=await api.kring.log.head() - 1)
    assert page == {"items": [], "next": await api.kring.log.head()}


async def test_only_members_and_guides_read_the_work_of_a_team(api: Api) -> None:
    team = await a_team(api)
    await ok(await team.members[0].post(f"/teams/{team.id}/insights", json={"text": "Ze zoeken elkaar."}))
    for reads in (team.members[1], team.facilitator, team.manager):
        assert "research.insight_shared" in topics(await all_of(reads))
    for does_not in (team.other, team.commissioner, team.stranger):
        assert "research.insight_shared" not in topics(await all_of(does_not))


async def test_a_commissioner_reads_only_events_visible_to_their_organisation(api: Api) -> None:
    team = await a_team(api)
    events = await all_of(team.commissioner)
    assert {"challenge.proposed", "team.formed", "organisation.contact_appointed"} <= topics(events)
    recorded, _ = await api.kring.log.read()
    visible = {one.position for one in recorded if f"to:{team.bank}" in one.tags}
    own = {one.position for one in recorded if team.commissioner_id in one.tags}
    assert {one["position"] for one in events} == visible | own


async def test_nobody_reads_another_persons_ranking_or_token(api: Api) -> None:
    setting = await programme(api, participants=2)
    events = await all_of(setting.people[0])
    tokens = [one for one in events if one["type"] == "access.token_issued"]
    assert tokens
    assert {one["data"]["person"] for one in tokens} == {setting.ids[0]}


async def test_a_vote_event_shows_who_and_when_and_never_changes(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    vote = {"approvals": [setting.challenges[0]]}
    made(await setting.people[0].put(f"/ballots/{running}/vote", json=vote), 200)
    before = await all_of(setting.people[1], types="ballot.vote_cast")
    assert [one["data"]["voter"] for one in before] == [setting.ids[0]]
    assert set(before[0]["data"]) == {"ballot", "programme", "voter", "commitment", "own"}
    made(await setting.people[1].put(f"/ballots/{running}/vote", json=vote), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    assert (await all_of(setting.people[1], types="ballot.vote_cast"))[0] == before[0]


@pytest.mark.own_kring
async def test_the_feed_is_narrowed_by_topic_subject_and_id(api: Api) -> None:
    setting = await programme(api)
    assert topics(await all_of(setting.manager, types="challenge")) == {"challenge.proposed", "challenge.admitted"}
    some = await all_of(setting.manager, types="challenge.admitted,programme.opened")
    assert topics(some) == {"challenge.admitted", "programme.opened"}
    of_one = await all_of(setting.manager, tag=setting.challenges[0])
    assert [one["type"] for one in of_one] == ["challenge.proposed", "challenge.admitted"]
    assert await all_of(setting.people[0], tag="programme_01m84zzzzzzzzzzzzzzzzzzzzz") == []


@pytest.mark.parametrize(
    ("query", "field"), [({"types": "no.such"}, "types"), ({"after": -1}, "after"), ({"limit": 0}, "limit")]
)
async def test_invalid_query_parameters_are_refused_by_field(api: Api, query: dict[str, Any], field: str) -> None:
    manager = await api.as_("manager")
    refused = made(await manager.get("/events", params=query), 422)
    assert [one["field"] for one in refused["errors"]] == [field]


@pytest.mark.own_kring
async def test_the_line_format_gives_the_same_events_up_to_the_head(api: Api) -> None:
    setting = await programme(api)
    answer = await setting.people[0].get("/events", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in answer.text.splitlines()] == await all_of(setting.people[0])


async def test_a_slow_consumer_that_keeps_reconnecting_gets_every_event_once(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    manager, expected = setting.manager, 40
    start = await api.kring.log.head()

    async def write() -> None:
        for n in range(expected):
            made(await manager.post("/organisations", json={"name": f"Organisatie {n}"}))

    writing = asyncio.create_task(write())
    seen, after = list[int](), start
    async with asyncio.timeout(TIMEOUT_S):
        while len(seen) < expected:
            async for one in first_of_stream(
                manager, after, many=min(7, expected - len(seen))
            ):  # then the connection is dropped
                seen.append(one["position"])
                after = one["position"]
    await writing
    assert seen == list(range(start + 1, start + expected + 1))


async def test_a_stream_ends_when_its_token_is_revoked(api: Api) -> None:
    manager = await api.as_("manager")
    reader = await api.as_("manager")
    token = next(
        one["data"]["token"] for one in reversed(await all_of(manager)) if one["type"] == "access.token_issued"
    )
    async with asyncio.timeout(TIMEOUT_S), reader.stream("GET", "/events", headers={"Accept": EVERYTHING}) as stream:
        lines = stream.aiter_lines()
        assert (await anext(lines)).startswith("id: ")
        made(await manager.post(f"/tokens/{token}/revocation"), 200)
        async for _ in lines:  # what was before, until the stream ends
            pass
    assert (await reader.get("/events")).status_code == 401


async def test_a_stream_ends_when_its_token_expires(api: Api) -> None:
    manager = await api.as_("manager")
    soon = now() + timedelta(seconds=1.5)
    body = {"role": "manager", "expires_at": soon.isoformat()}
    headers = {
        "Authorization": f"Bearer {made(await manager.post('/tokens', json=body))['token']}",
        "Accept": EVERYTHING,
    }
    async with (
        asyncio.timeout(TIMEOUT_S),
        httpx.AsyncClient(base_url=f"{api.url}/api/v1", headers=headers, timeout=TIMEOUT_S) as reader,
        reader.stream("GET", "/events") as stream,
    ):
        lines = [line async for line in stream.aiter_lines()]
    assert any('"type":"access.token_issued"' in line for line in lines if line.startswith("data: "))
    assert not any(line.startswith("event:") for line in lines), "each is a message, to one listener for all"
    assert now() >= soon


async def test_a_stream_continues_without_what_an_expired_appointment_showed(api: Api) -> None:
    team = await a_team(api)
    person = (await ok(await team.manager.post("/people", json={"name": "K", "email": api.address("k")})))["id"]
    body = {"person_id": person, "until": (now() - timedelta(hours=1)).isoformat()}
    await ok(await team.manager.post(f"/programmes/{team.programme}/facilitators", json=body))
    by = Caller(role="facilitator", person=PersonId(person), via=new_id("token"), at=now() - timedelta(hours=2))
    shown, _ = await FeedReader(api.kring, by, [], None).page(0, 200)
    assert {one.type for one in shown} == {"person.registered"}


async def test_the_last_members_of_an_ended_cop_read_its_work_in_the_feed(api: Api) -> None:
    team = await a_team(api)
    await ok(await team.members[0].post(f"/teams/{team.id}/insights", json={"text": "Ze zoeken elkaar."}))
    await ok(await team.manager.post(f"/teams/{team.id}/dissolution", json={"reason": "Te klein"}), 200)
    assert "research.insight_shared" in topics(await all_of(team.members[1]))
    assert "research.insight_shared" not in topics(await all_of(team.other))


async def first_of_stream(client: httpx.AsyncClient, after: int, *, many: int) -> AsyncIterator[dict[str, Any]]:
    """The next events of the stream, which is then closed."""
    headers = {"Accept": EVERYTHING, "Last-Event-ID": str(after)}
    async with client.stream("GET", "/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith(EVERYTHING)
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
                many -= 1
                if not many:
                    return


async def test_a_stream_can_only_resume_after_a_position(api: Api) -> None:
    manager = await api.as_("manager")
    for wrong in ("x", "-1", "1" * 20):
        answer = await manager.get("/events", headers={"Accept": EVERYTHING, "Last-Event-ID": wrong})
        assert made(answer, 422)["errors"][0]["field"] == "Last-Event-ID"


# Redaction


def mail(subject: str) -> bytes:
    message = EmailMessage()
    message["To"], message["Date"] = "anna@example.org", "Tue, 01 Nov 2016 12:00:00 +0100"
    message["Subject"] = subject
    return message.as_bytes()


@pytest.mark.own_kring
async def test_a_redacted_text_is_gone_everywhere_but_its_event_stays(api: Api) -> None:
    team = await a_team(api)
    insight = await ok(await team.members[0].post(f"/teams/{team.id}/insights", json={"text": "Jan is ziek."}))
    position = next(one["position"] for one in await all_of(team.manager) if one["type"] == "research.insight_shared")
    path, body = f"/events/{position}/redaction", {"field": "text", "reason": "Gezondheid van een persoon"}
    for may_not in (team.members[0], team.facilitator):
        assert (await may_not.post(path, json=body)).status_code == 403
    assert (await team.stranger.post(path, json=body)).status_code == 404
    assert made(await team.manager.post(path, json={"field": "text"}), 422)["code"] == "reason-missing"
    data = api.kring.config.data
    mailbox.put(data, team.people[1], "quoting", mail("Nieuw inzicht: Jan is ziek."))
    mailbox.put(data, team.people[1], "other", mail("Nieuw inzicht: Eva is er."))
    answer = made(await team.manager.post(path, json=body), 200)
    assert answer == {"position": position, "field": "text", "status": "redacted"}
    assert [one.name for one in mailbox.entries(data) if one.person == team.people[1]] == ["other"]
    by_now = {"at_least": await api.kring.log.head()}
    shown = made(await team.members[0].get(f"/insights/{insight['id']}", params=by_now), 200)
    assert shown["text"] is None
    assert made(await team.manager.post(path, json=body), 409)["code"] == "as-it-is"
    assert topics(await all_of(team.members[0])) & {"research.insight_shared"}


async def test_only_existing_texts_of_events_can_be_withheld(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    position = (await all_of(setting.manager, types="challenge.proposed"))[0]["position"]
    wrong = await setting.manager.post(f"/events/{position}/redaction", json={"field": "programme", "reason": "Fout"})
    assert made(wrong, 422)["errors"][0]["field"] == "field"
    ahead = await setting.manager.post("/events/999999/redaction", json={"field": "title", "reason": "Fout"})
    assert ahead.status_code == 404


def test_the_teams_among_tags() -> None:
    assert teams_among(["trip_1", "team_1", "programme_1", "to:organisation_1", "team_2"]) == ["team_1", "team_2"]
