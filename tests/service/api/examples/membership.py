"""A second team, and people, over HTTP."""

import httpx

from domain.events.team import TeamFormed
from domain.foundation import ChallengeId, OrganisationId, PersonId, ProgrammeId, TeamId
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.team import ATeam, Given, ok

WHY = {"reason": "Andere baan"}


async def another_team(api: Api, team: ATeam) -> tuple[str, list[str]]:
    """A second team on the same challenge, of three new participants."""
    people = [await person(api, team.manager, name) for name in ("Sander", "Pia", "Wim")]
    for one in people:
        await ok(await team.manager.post(f"/programmes/{team.programme}/participants", json={"person_id": one}))
    other = new_id("team")
    formed = TeamFormed(
        team=TeamId(other),
        programme=ProgrammeId(team.programme),
        challenge=ChallengeId(team.challenge),
        organisation=OrganisationId(team.bank),
        number=2,
        members=tuple(PersonId(one) for one in people),
    )
    await api.kring.commands.execute(lambda: Given(formed))
    return other, people


async def person(api: Api, manager: httpx.AsyncClient, name: str) -> str:
    return (await ok(await manager.post("/people", json={"name": name, "email": api.address(name.lower())})))["id"]
