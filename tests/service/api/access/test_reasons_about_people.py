"""Reasons for leaving, absence or transfer are visible to guides, the person, and whoever stated them (over HTTP)."""

from typing import Any

import httpx

from tests.conftest import Api
from tests.service.api.examples.gatherings import DAY
from tests.service.api.examples.membership import another_team
from tests.service.api.examples.team import ATeam, a_team, ok

WHY = {"reason": "Overspannen"}
ENGLISH = {"Accept-Language": "en"}
ON_RECORD = "on record"


async def reason_in(api: Api, client: httpx.AsyncClient, path: str, kind: str) -> str | None:
    """Reason that this story gives for an event of this type."""
    query = {"at_least": await api.kring.log.head(), "limit": 200}
    items = (await ok(await client.get(path, params=query, headers=ENGLISH), 200))["items"]
    return next(one["reason"] for one in items if one["type"] == kind)


async def depart(team: ATeam, by: httpx.AsyncClient, person: str) -> None:
    await ok(await by.post(f"/teams/{team.id}/departures", json={"person_id": person, **WHY}), 200)


async def test_team_mates_see_that_a_reason_for_leaving_was_recorded(api: Api) -> None:
    team = await a_team(api)
    anna, bert, cora, _ = team.members
    timeline = f"/teams/{team.id}/timeline"
    await depart(team, team.facilitator, team.people[3])
    for one in (anna, bert, cora):
        assert await reason_in(api, one, timeline, "team.member_left") == ON_RECORD
        assert await reason_in(api, one, "/me/notifications", "team.member_left") == ON_RECORD
    for one in (team.facilitator, team.manager):
        assert await reason_in(api, one, timeline, "team.member_left") == WHY["reason"]
    assert await reason_in(api, team.members[3], "/me/notifications", "team.member_left") == WHY["reason"]
    trail = f"/organisations/{team.bank}/trail"
    for one in (team.commissioner, team.manager):
        assert await reason_in(api, one, trail, "team.member_left") == ON_RECORD


async def test_team_mates_see_that_a_reason_for_a_withdrawal_or_transfer_was_recorded(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    other, people = await another_team(api, team)
    moved = {"person_id": team.people[3], "to_team_id": other, **WHY}
    await ok(await team.facilitator.post(f"/teams/{team.id}/transfers", json=moved), 200)
    path = f"/programmes/{team.programme}/participants/{team.people[2]}/withdrawal"
    await ok(await team.facilitator.post(path, json=WHY), 200)
    theirs = await api.as_("participant", people[0])
    for one in (anna, bert):
        for kind in ("team.member_left", "team.member_transferred"):
            assert await reason_in(api, one, "/me/notifications", kind) == ON_RECORD, kind
    assert await reason_in(api, theirs, "/me/notifications", "team.member_transferred") == ON_RECORD
    assert await reason_in(api, team.members[3], "/me/notifications", "team.member_transferred") == WHY["reason"]


async def test_a_returning_member_reads_their_own_reason_for_leaving(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    await depart(team, anna, team.people[0])
    back = {"person_id": team.people[0]}
    await ok(await team.facilitator.post(f"/teams/{team.id}/members", json=back), 200)
    timeline = f"/teams/{team.id}/timeline"
    assert await reason_in(api, anna, timeline, "team.member_left") == WHY["reason"]
    assert await reason_in(api, bert, timeline, "team.member_left") == ON_RECORD


def absence(row: dict[str, Any], person: str) -> tuple[str | None, bool]:
    """Reason why this person was absent, and whether one is on record."""
    return next((one["reason"], one["reason_on_record"]) for one in row["attendance"] if one["person_id"] == person)


async def test_only_the_absentee_the_recorder_and_guides_read_a_reason_for_absence(api: Api) -> None:
    team = await a_team(api)
    anna, bert, cora, _ = team.members
    plan = {"kind": "own", **DAY}
    path = f"/gatherings/{(await ok(await anna.post(f'/teams/{team.id}/gatherings', json=plan)))['id']}"
    await ok(await anna.post(f"{path}/holding"), 200)
    people = [{"person_id": team.people[1], "present": False, "reason": "Griep"}]
    people += [{"person_id": one, "present": True} for one in (team.people[0], *team.people[2:4])]
    recorded = await ok(await anna.post(f"{path}/attendance", json={"people": people}), 200)
    assert absence(recorded, team.people[1]) == ("Griep", True)
    written = await ok(await cora.post(f"{path}/minutes", json={"text": "Wij waren er."}), 200)
    assert absence(written, team.people[1]) == (None, True)
    head = await api.kring.log.head()
    for client, reason in ((anna, "Griep"), (bert, "Griep"), (cora, None), (team.facilitator, "Griep")):
        for query in ({"at_least": head}, {"as_of": head}):
            assert absence(await ok(await client.get(path, params=query), 200), team.people[1]) == (reason, True)
    lists = (f"/teams/{team.id}/gatherings", f"/programmes/{team.programme}/gatherings")
    for one in lists:
        (row,) = (await ok(await cora.get(one, params={"at_least": head}), 200))["items"]
        assert absence(row, team.people[1]) == (None, True)
        assert absence(row, team.people[0]) == (None, False)
