"""One's own data over HTTP: agenda, calendar link, to-dos and notifications; and the dashboard of a programme."""

# icalendar is barely typed:
# pyright: reportUnknownMemberType=false

from datetime import timedelta
from typing import Any

import httpx
from icalendar import Calendar

from service.clock_and_ids import now
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.api.examples.team import a_team, at, ok

THREE_DAYS = timedelta(days=3)


async def see(api: Api, client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    """Read a path once the views show everything that was recorded."""
    return made(await client.get(path, params={"at_least": await api.kring.log.head(), **query}), 200)


async def session(setting: Setting, number: int = 1, starts: timedelta = THREE_DAYS) -> dict[str, Any]:
    begins = (now() + starts).replace(microsecond=0)
    body = {
        "kind": "session",
        "number": number,
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=2)).isoformat(),
        "place": "Zwolle",
    }
    return made(await setting.facilitator.post(f"/programmes/{setting.programme}/gatherings", json=body))


# Agenda and calendar


async def test_an_agenda_lists_the_soonest_first_and_pages_by_cursor(api: Api) -> None:
    setting = await programme(api)
    later, sooner = await session(setting, 2, timedelta(days=9)), await session(setting, 1)
    running = await ballot(setting)
    shown = (await see(api, setting.people[0], "/me/agenda"))["items"]
    assert [(one["kind"], one["id"]) for one in shown] == [
        ("ballot_closes", running),
        ("session", sooner["id"]),
        ("session", later["id"]),
    ]
    assert shown[1]["place"] == "Zwolle"
    assert shown[1]["title"] == "Session 1"
    first = await see(api, setting.people[0], "/me/agenda", limit=1)
    next_page = await see(api, setting.people[0], "/me/agenda", cursor=first["next"])
    assert first["items"] + next_page["items"] == shown
    assert next_page["next"] is None


async def test_an_agenda_covers_only_ones_own_programmes(api: Api) -> None:
    setting = await programme(api)
    await session(setting)
    stranger = made(await setting.manager.post("/people", json={"name": "Gast", "email": api.address("gast")}))["id"]
    assert (await see(api, await api.as_("participant", stranger), "/me/agenda"))["items"] == []


async def test_a_calendar_link_works_until_a_new_one_is_created(api: Api) -> None:
    setting = await programme(api)
    planned = await session(setting)
    anna = setting.people[0]
    link = made(await anna.post("/me/calendar"))
    await see(api, anna, "/me/agenda")
    async with httpx.AsyncClient(base_url=api.url) as anybody:
        shown = await anybody.get(link["path"], headers={"Accept-Language": "nl"})
        assert shown.headers["content-type"] == "text/calendar; charset=utf-8"
        (event,) = Calendar.from_ical(shown.text).walk("VEVENT")
        assert event["uid"] == f"{planned['id']}@kring"
        assert (event["summary"], event["sequence"], event["location"]) == ("CoP-sessie 1", 0, "Zwolle")
        assert event.decoded("dtstart").isoformat() == planned["starts_at"].replace("Z", "+00:00")
        again = made(await anna.post("/me/calendar"))
        assert (await anybody.get(link["path"])).status_code == 404
        assert (await anybody.get(again["path"])).status_code == 200
        assert (await anybody.get(again["path"][:-8] + "xxxx.ics")).status_code == 404


async def test_rule_24_a_repeated_key_keeps_the_calendar_link_without_showing_it(
    api: Api,
) -> None:
    anna = (await programme(api)).people[0]
    first, again = [made(await anna.post("/me/calendar", headers={"Idempotency-Key": "once"})) for _ in range(2)]
    assert again == {**first, "path": None}
    async with httpx.AsyncClient(base_url=api.url) as anybody:
        assert (await anybody.get(first["path"])).status_code == 200


async def test_rule_15_a_cancelled_gathering_stays_in_the_calendar_as_cancelled(
    api: Api,
) -> None:
    setting = await programme(api)
    planned = await session(setting)
    link = made(await setting.people[0].post("/me/calendar"))
    answer = await setting.facilitator.post(f"/gatherings/{planned['id']}/cancellation", json={"reason": "Ziek"})
    made(answer, 200)
    await see(api, setting.people[0], "/me/agenda")
    async with httpx.AsyncClient(base_url=api.url) as anybody:
        (event,) = Calendar.from_ical((await anybody.get(link["path"])).text).walk("VEVENT")
    assert (event["uid"], event["status"], event["sequence"]) == (f"{planned['id']}@kring", "CANCELLED", 1)


async def test_rule_15_plans_of_a_dissolved_cop_stay_in_calendars_until_cancelled(
    api: Api,
) -> None:
    team = await a_team(api)
    begins = (now() + THREE_DAYS).replace(microsecond=0)
    body = {
        "kind": "own",
        "starts_at": begins.isoformat(),
        "ends_at": (begins + THREE_DAYS).isoformat(),
        "place": "Zwolle",
    }
    planned = made(await team.members[0].post(f"/teams/{team.id}/gatherings", json=body))
    made(await team.manager.post(f"/teams/{team.id}/dissolution", json={"reason": "Te klein"}), 200)
    link = made(await team.members[1].post("/me/calendar"))

    async def events() -> list[tuple[str, str, str]]:
        await see(api, team.members[1], "/me/agenda")
        async with httpx.AsyncClient(base_url=api.url) as anybody:
            shown = Calendar.from_ical((await anybody.get(link["path"])).text).walk("VEVENT")
        return [(str(one["uid"]), str(one["status"]), str(one["sequence"])) for one in shown]

    assert await events() == [(f"{planned['id']}@kring", "CONFIRMED", "0")]
    off = f"/gatherings/{planned['id']}/cancellation"
    made(await team.facilitator.post(off, json={"reason": "De CoP is er niet meer"}), 200)
    assert await events() == [(f"{planned['id']}@kring", "CANCELLED", "1")]


async def test_a_token_without_a_person_has_no_calendar(api: Api) -> None:
    manager = await api.as_("manager")
    assert (await manager.post("/me/calendar")).status_code == 403


# To-dos


async def kinds(api: Api, client: httpx.AsyncClient) -> list[str]:
    return [one["kind"] for one in (await see(api, client, "/me/to-dos"))["items"]]


async def test_electors_are_asked_to_vote_and_then_to_rank(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    anna = setting.people[0]
    assert await kinds(api, anna) == ["vote"]
    for one in setting.people:
        made(await one.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:1]}), 200)
    assert await kinds(api, anna) == []
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    assert await kinds(api, setting.facilitator) == ["certify_ballot"]
    made(await setting.facilitator.post(f"/ballots/{running}/certification"), 200)
    assert await kinds(api, anna) == ["rank"]
    ranking = {"ranking": setting.challenges[:1]}
    made(await anna.put(f"/programmes/{setting.programme}/preferences", json=ranking), 200)
    assert await kinds(api, anna) == []
    assert await kinds(api, setting.facilitator) == []


async def test_facilitators_are_asked_to_admit_proposed_challenges(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    body = {"title": "Nog een", "context": "Waarom.", "organisation_id": setting.organisation}
    proposed = made(await setting.people[0].post(f"/programmes/{setting.programme}/challenges", json=body))["id"]
    (todo,) = (await see(api, setting.facilitator, "/me/to-dos"))["items"]
    assert (todo["kind"], todo["id"]) == ("admit_challenge", proposed)
    assert todo["title"] == "Admit or decline: “Nog een”"
    assert await kinds(api, setting.people[0]) == []


async def test_members_are_asked_when_they_can_travel(api: Api) -> None:
    team = await a_team(api)
    anna, bert = team.members[:2]
    body = {"theme": "Groei", "destination": "Berlijn"}
    trip = (await ok(await anna.post(f"/teams/{team.id}/trips", json=body)))["id"]
    poll = {"options": [{"starts_on": "2027-03-01", "ends_on": "2027-03-04"}]}
    shown = await ok(await anna.post(f"/trips/{trip}/date-poll", json=poll), 200)
    assert await kinds(api, bert) == ["answer_poll"]
    answers = {"answers": {shown["poll"]["options"][0]["option_id"]: "yes"}}
    await ok(await bert.put(f"/trips/{trip}/availability", json=answers), 200)
    assert await kinds(api, bert) == []
    assert await kinds(api, anna) == ["answer_poll"]
    assert await kinds(api, team.other) == []


async def test_the_organiser_is_asked_to_confirm_a_gathering_once_it_ended(api: Api) -> None:
    team = await a_team(api)
    anna, bert = team.members[:2]
    body = {"starts_at": "2016-09-20T07:30:00Z", "ends_at": "2016-09-20T09:00:00Z", "place": "Zwolle"}
    own = (await ok(await anna.post(f"/teams/{team.id}/gatherings", json={**body, "kind": "own"})))["id"]
    assert [await kinds(api, one) for one in (bert, team.facilitator, team.other)] == [["hold_gathering"], [], []]
    await ok(await bert.post(f"/gatherings/{own}/holding"), 200)
    joint = {**body, "kind": "session", "number": 1}
    await ok(await team.facilitator.post(f"/programmes/{team.programme}/gatherings", json=joint))
    assert [await kinds(api, one) for one in (bert, team.facilitator, team.other)] == [[], ["hold_gathering"], []]


# Notifications


async def test_notifications_describe_actions_of_others_newest_first(api: Api) -> None:
    team = await a_team(api)
    anna, bert = team.members[:2]
    for text in ("Eerste", "Tweede"):
        done = await anna.post(f"/teams/{team.id}/insights", json={"text": text})
        await ok(done)
    page = made(await bert.get("/me/notifications", params=at(done) | {"limit": 2}), 200)
    assert [one["type"] for one in page["items"]] == ["research.insight_shared"] * 2
    assert "Tweede" in page["items"][0]["sentence"]
    assert page["items"][0]["by"] == "Anna"
    further = made(await bert.get("/me/notifications", params={"cursor": page["next"]}), 200)
    assert {one["type"] for one in further["items"]} >= {"team.formed", "programme.participant_enrolled"}
    assert further["next"] is None
    mine = made(await anna.get("/me/notifications"), 200)
    assert "research.insight_shared" not in {one["type"] for one in mine["items"]}


async def test_rule_10_a_late_joiner_has_everything_that_a_member_has(api: Api) -> None:
    team = await a_team(api)
    eva = team.people[4]
    made(await team.facilitator.post(f"/teams/{team.id}/members", json={"person_id": eva}), 200)
    trip = (await ok(await team.members[0].post(f"/teams/{team.id}/trips", json={"theme": "T", "destination": "D"})))[
        "id"
    ]
    poll = {"options": [{"starts_on": "2027-03-01", "ends_on": "2027-03-04"}]}
    await ok(await team.members[0].post(f"/trips/{trip}/date-poll", json=poll), 200)
    assert await kinds(api, team.other) == ["answer_poll"]
    notifications = await see(api, team.other, "/me/notifications")
    assert notifications["items"][0]["type"] == "trip.date_poll_opened"
    assert (await see(api, team.other, f"/people/{team.people[0]}"))["email"] == api.address("anna")


async def test_auditors_are_notified_of_their_appointment_under_pseudonyms(api: Api) -> None:
    team = await a_team(api)
    new = made(await team.manager.post("/people", json={"name": "Otto Oordeel", "email": api.address("otto")}))["id"]
    body = {"person_id": new, "role": "auditor"}
    made(await team.commissioner.post(f"/organisations/{team.bank}/contacts", json=body))
    items = (await see(api, await api.as_("auditor", new), "/me/notifications"))["items"]
    (notification,) = [one for one in items if one["type"] == "organisation.contact_appointed"]
    assert notification["by"] == team.commissioner_id
    assert new in notification["sentence"]
    assert "Otto" not in notification["sentence"]


async def test_an_invalid_cursor_is_refused_by_name(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=1)
    refused = made(await setting.people[0].get("/me/notifications", params={"cursor": "x"}), 422)
    assert refused["errors"][0]["field"] == "cursor"


# The dashboard


async def test_a_dashboard_shows_guides_counts_and_overdue_items(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    await session(setting, 1, -timedelta(days=1))
    shown = await see(api, setting.facilitator, f"/programmes/{setting.programme}/dashboard")
    counts = {(one["kind"], one["status"]): one["count"] for one in shown["counts"]}
    assert counts == {
        ("participant", "active"): 4,
        ("challenge", "on_ballot"): 3,
        ("ballot", "open"): 1,
        ("gathering", "planned"): 1,
    }
    assert {one["kind"]: one["count"] for one in shown["late"]} == {"gathering": 1, "response": 0, "commitment": 0}
    assert running
    path = f"/programmes/{setting.programme}/dashboard"
    assert (await setting.people[0].get(path)).status_code == 403
    stranger = made(await setting.manager.post("/people", json={"name": "Gast", "email": api.address("gast")}))["id"]
    assert (await (await api.as_("facilitator", stranger)).get(path)).status_code == 404
