"""Guests of a trip over HTTP, and the CoP they come from."""

from typing import Any

from domain.events.team import TeamFormed
from domain.foundation import ChallengeId, PersonId, ProgrammeId, TeamId
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.team import ATeam, Given, ok


async def neighbours(api: Api, team: ATeam, *people: str) -> TeamId:
    """Another CoP of these people; by default of Eva, who is in no CoP yet."""
    body = {"title": "Energie", "context": "Het net is vol.", "organisation_id": team.bank}
    challenge = (await ok(await team.manager.post(f"/programmes/{team.programme}/challenges", json=body)))["id"]
    formed = TeamFormed(
        team=TeamId(new_id("team")),
        programme=ProgrammeId(team.programme),
        challenge=ChallengeId(challenge),
        organisation=None,
        number=1,
        members=tuple(PersonId(one) for one in people or (team.people[4],)),
    )
    await api.kring.commands.execute(lambda: Given(formed))
    return formed.team


async def invited(team: ATeam, path: str, *people: str) -> Any:
    """A trip with these guests."""
    for one in people:
        answer = await ok(await team.members[1].post(f"{path}/guests", json={"person_id": one}))
    return answer  # pyright: ignore[reportPossiblyUnboundVariable]  there are guests
