"""Visibility according to docs/reference/roles.md, where several resources follow one rule."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.events.challenge import ChallengeRecommissioned
from domain.events.team import TeamFormed
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, TeamId
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.advice import delivered
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.team import ATeam, Given, a_team


async def contact(api: Api, manager: httpx.AsyncClient, organisation: str, *challenges: str) -> httpx.AsyncClient:
    """A commissioner for these challenges, or for all if none is given."""
    body = {"name": "Contact", "email": f"{new_id('x')}@example.org"}
    person = made(await manager.post("/people", json=body))["id"]
    body = {"person_id": person, "role": "commissioner", "challenge_ids": challenges}
    made(await manager.post(f"/organisations/{organisation}/contacts", json=body))
    return await api.as_("commissioner", person)


async def ids(api: Api, client: httpx.AsyncClient, path: str) -> list[str]:
    answer = await client.get(path, params={"at_least": await api.kring.log.head()})
    return [one["id"] for one in made(answer, 200)["items"]]


async def test_a_contact_for_one_challenge_sees_it_and_its_ballots(api: Api) -> None:
    setting = await programme(api)
    first, second, _ = setting.challenges
    running = await ballot(setting, challenge_ids=setting.challenges[1:])
    of_first = await contact(api, setting.manager, setting.organisation, first)
    of_second = await contact(api, setting.manager, setting.organisation, second)
    of_all = await contact(api, setting.manager, setting.organisation)
    board, ballots = f"/programmes/{setting.programme}/challenges", f"/programmes/{setting.programme}/ballots"
    assert (await ids(api, of_first, board), await ids(api, of_second, board)) == ([first], [second])
    assert await ids(api, of_all, board) == sorted(setting.challenges)
    assert (await ids(api, of_first, ballots), await ids(api, of_second, ballots)) == ([], [running])
    assert await ids(api, of_all, ballots) == [running]
    seen = [
        (await one.get(path)).status_code
        for one in (of_first, of_second, of_all)
        for path in (f"/challenges/{first}", f"/challenges/{second}", f"/ballots/{running}")
    ]
    assert seen == [200, 404, 404, 404, 200, 200, 200, 200, 200]


async def test_a_programme_without_their_organisation_is_hidden_from_a_contact(api: Api) -> None:
    setting = await programme(api)
    elsewhere = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    bank = await contact(api, setting.manager, setting.organisation)
    for noun in ("challenges", "ballots", "teams", "gatherings", "commitments"):
        seen = [await bank.get(f"/programmes/{one}/{noun}") for one in (setting.programme, elsewhere)]
        assert [one.status_code for one in seen] == [200, 404], noun


async def test_only_contacts_for_the_whole_organisation_read_its_trail(api: Api) -> None:
    setting = await programme(api)
    limited = await contact(api, setting.manager, setting.organisation, setting.challenges[0])
    whole = await contact(api, setting.manager, setting.organisation)
    trail = f"/organisations/{setting.organisation}/trail"
    assert [(await one.get(trail)).status_code for one in (limited, whole)] == [404, 200]


async def test_a_manager_reads_the_trails_of_organisations_in_their_own_programmes(api: Api) -> None:
    setting = await programme(api)
    person = made(await setting.manager.post("/people", json={"name": "Ander", "email": api.address("ander")}))["id"]
    other = await api.as_("manager", person)
    trail = f"/organisations/{setting.organisation}/trail"
    opened = made(await other.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    assert (await other.get(trail)).status_code == 404
    body = {"title": "T", "context": "C", "organisation_id": setting.organisation}
    made(await other.post(f"/programmes/{opened}/challenges", json=body))
    assert (await other.get(trail)).status_code == 200


async def second_team(api: Api, team: ATeam) -> str:
    """Another CoP of the programme, on another challenge of the same bank."""
    body = {"title": "Zorg", "context": "Het kan beter.", "organisation_id": team.bank}
    challenge = made(await team.manager.post(f"/programmes/{team.programme}/challenges", json=body))["id"]
    formed = TeamFormed(
        team=TeamId(new_id("team")),
        programme=ProgrammeId(team.programme),
        challenge=ChallengeId(challenge),
        organisation=OrganisationId(team.bank),
        number=2,
        members=(PersonId(team.people[4]),),
    )
    await api.kring.commands.execute(lambda: Given(formed))
    return formed.team


def plan(kind: str, **more: Any) -> dict[str, Any]:
    starts = now() + timedelta(days=1)
    ends = starts + timedelta(hours=2)
    return {"kind": kind, "starts_at": starts.isoformat(), "ends_at": ends.isoformat(), "place": "Zwolle", **more}


async def test_a_contact_for_one_challenge_sees_its_cop_and_its_results(api: Api) -> None:
    team = await a_team(api)
    other = await second_team(api, team)
    mine = made(await team.members[0].post(f"/teams/{team.id}/gatherings", json=plan("own")))["id"]
    theirs = made(await team.other.post(f"/teams/{other}/gatherings", json=plan("own")))["id"]
    body = plan("session", number=1)
    joint = made(await team.facilitator.post(f"/programmes/{team.programme}/gatherings", json=body))["id"]
    limited = await contact(api, team.manager, team.bank, team.challenge)
    assert await ids(api, limited, f"/programmes/{team.programme}/teams") == [team.id]
    assert await ids(api, team.commissioner, f"/programmes/{team.programme}/teams") == sorted([team.id, other])
    gatherings = f"/programmes/{team.programme}/gatherings"
    assert await ids(api, limited, gatherings) == [mine, joint]
    assert await ids(api, team.commissioner, gatherings) == [mine, theirs, joint]
    statuses = [(await limited.get(f"/gatherings/{one}")).status_code for one in (mine, theirs, joint)]
    assert statuses == [200, 404, 200]


@pytest.mark.own_kring
async def test_email_addresses_are_visible_to_oneself_ones_cop_and_ones_guides(api: Api) -> None:
    team = await a_team(api)
    first, second, outsider = team.people[0], team.people[1], team.people[4]
    position = {"at_least": await api.kring.log.head()}
    stranger = made(await team.facilitator.post("/people", json={"name": "Ver", "email": api.address("ver")}))["id"]

    async def email(client: httpx.AsyncClient, person: str) -> str | None:
        listed = made(await client.get("/people", params={**position, "limit": 200}), 200)["items"]
        shown = made(await client.get(f"/people/{person}"), 200)["email"]
        assert shown == next(one["email"] for one in listed if one["id"] == person)
        return shown

    position = {"at_least": await api.kring.log.head()}
    assert await email(team.members[0], first) == api.address("anna")
    assert await email(team.members[0], second) == api.address("bert")
    assert await email(team.members[0], outsider) is None
    assert await email(team.facilitator, outsider) == api.address("eva")
    assert await email(team.facilitator, stranger) == api.address("ver")
    assert await email(team.manager, stranger) == api.address("ver")


@pytest.mark.own_kring
async def test_facilitators_see_only_their_own_tokens(api: Api) -> None:
    setting = await programme(api, participants=1, challenges=0)
    assert len(await ids(api, setting.manager, "/tokens")) == 3
    assert len(await ids(api, setting.facilitator, "/tokens")) == 1


async def test_a_commissioner_sees_names_of_members_of_their_teams_and_nobody_else(
    api: Api,
) -> None:
    team = await a_team(api)
    outsider = made(await team.manager.post("/people", json={"name": "Elders", "email": api.address("elders")}))["id"]
    auditor = await api.as_("auditor", organisations=(team.bank,))
    assert set(await ids(api, team.commissioner, "/people")) == {*team.people[:4], team.commissioner_id}
    shown = made(await team.commissioner.get(f"/people/{team.people[0]}"), 200)
    assert (shown["name"], shown["email"]) == ("Anna", None)
    assert (await team.commissioner.get(f"/people/{outsider}")).status_code == 404
    assert (await auditor.get(f"/people/{team.people[0]}")).status_code == 404


async def test_participants_see_only_the_names_of_their_facilitators_and_managers(api: Api) -> None:
    team = await a_team(api)
    body = {"name": "Manager", "email": api.address("manager")}
    boss = made(await team.manager.post("/people", json=body))["id"]
    made(await team.manager.post(f"/programmes/{team.programme}/managers", json={"person_id": boss}))
    now_known = {"at_least": await api.kring.log.head()}
    guide = made(await team.facilitator.get("/me"), 200)["person"]["id"]
    for one, name in ((guide, "Guide"), (boss, "Manager")):
        shown = made(await team.members[0].get(f"/people/{one}", params=now_known), 200)
        assert (shown["name"], shown["email"]) == (name, None)
        assert one in await ids(api, team.members[0], "/people")
        assert (await team.stranger.get(f"/people/{one}")).status_code == 404


async def test_rule_22_a_contact_sees_the_cop_while_their_organisation_commissions_it(
    api: Api,
) -> None:
    team = await a_team(api)
    limited = await contact(api, team.manager, team.bank, team.challenge)
    assert set(team.people[:4]) <= set(await ids(api, limited, "/people"))
    goes_on = ChallengeRecommissioned(
        challenge=ChallengeId(team.challenge),
        programme=ProgrammeId(team.programme),
        organisation=None,
        previous=OrganisationId(team.bank),
        teams=(TeamId(team.id),),
    )
    await api.kring.commands.execute(lambda: Given(goes_on))
    assert set(team.people).isdisjoint(await ids(api, limited, "/people"))
    assert (await limited.get(f"/people/{team.people[0]}")).status_code == 404


async def test_a_commissioner_is_asked_to_respond_but_an_auditor_is_not(api: Api) -> None:
    team = await a_team(api)
    await delivered(team)
    limited = await contact(api, team.manager, team.bank, team.challenge)
    auditor = await api.as_("auditor", organisations=(team.bank,))
    now_shown = {"at_least": await api.kring.log.head()}
    todos = [
        [one["kind"] for one in made(await client.get("/me/to-dos", params=now_shown), 200)["items"]]
        for client in (team.commissioner, limited, team.stranger, auditor)
    ]
    assert todos == [["respond"], ["respond"], [], []]
