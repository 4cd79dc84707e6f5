"""Job handlers: most run a command as the system. Work that is already done is a no-op."""

import asyncio
from collections.abc import Callable
from zoneinfo import ZoneInfo

from domain.ballots.ballot import BallotNotOpen, BallotOver, CloseBallot
from domain.events.roles import (
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
)
from domain.foundation import (
    AssignmentId,
    BallotId,
    Caller,
    ChallengeId,
    Command,
    Event,
    OrganisationId,
    PersonId,
    Refusal,
    Selector,
)
from domain.people.rights import Rights
from projections.programmes import PROGRAMMES
from projections.teams import TEAMS, TOO_SMALL, Team, with_warnings
from service import ballot_papers
from service.clock_and_ids import now
from service.kring import Kring
from service.operations.drift import look_for_drift
from service.privacy.redaction import withhold
from service.store.jobs.creating import Job, write
from workers.jobs.queue import Claimed
from workers.solving import assigning


async def close_ballot(kring: Kring, job: Claimed) -> None:
    """Close a ballot whose deadline has passed by the database's clock (rule 4). Raises `TooEarly` before that."""
    await _execute(kring, job, lambda by: CloseBallot(_ballot(job), by=by), done_if=BallotNotOpen)


async def count_ballot(kring: Kring, job: Claimed) -> None:
    """Open the papers and count them; void the ballot if its key is lost."""
    await _execute(kring, job, await ballot_papers.counting(kring.commands, _ballot(job)), done_if=BallotOver)


async def destroy_ballot_key(kring: Kring, job: Claimed) -> None:
    """Destroy the private key of the papers (docs/explanation/sealing.md 'Ballot papers'); does nothing if it is destroyed."""
    await asyncio.to_thread(kring.keys.destroy, ballot_papers.count_key(_ballot(job)))


async def solve_assignment(kring: Kring, job: Claimed) -> None:
    """Propose teams for a request, or record why it is infeasible."""
    await assigning.solve(
        kring,
        AssignmentId(job.arguments["assignment"]),
        via=job.via,
        cause=job,
    )


async def alert_of_small_team(kring: Kring, job: Claimed) -> None:
    """Create a mail job for each facilitator and manager of a CoP that is now too small (rule 10)."""
    team = await kring.commands.row(TEAMS, job.arguments["team"])
    programme = team and await kring.commands.row(PROGRAMMES, team.programme)
    if team is None or programme is None:
        return
    today = now().astimezone(ZoneInfo(programme.timezone)).date()
    if TOO_SMALL not in with_warnings(team, programme.policies, today).warnings:
        return
    mails = [
        Job("mail_team_small", now(), {"team": team.id, "event": job.arguments["event"], "person": one})
        for one in await _facilitators_and_managers(kring, team)
    ]
    await write(kring.log.pool, [(one, job) for one in mails])


async def tell_commissioner(kring: Kring, job: Claimed) -> None:
    """Create a mail job for each commissioner of the challenge of a CoP that has ended (rule 10)."""
    organisation, challenge = OrganisationId(job.arguments["organisation"]), ChallengeId(job.arguments["challenge"])
    rights = Rights(Caller(role="system", via=job.via, at=now()))
    about = Selector(types=[ContactAppointed, ContactEnded], tags=[organisation])
    rights.load(event for event, _ in await kring.commands.events(about))
    team = await kring.commands.row(TEAMS, job.arguments["team"])
    if team is None:
        return
    people = {
        one.person
        for one in rights.contacts.values()
        if rights.is_contact(one.person, organisation, challenge, programme=team.programme)
    }
    mails = [Job("mail_team_ended", now(), {"team": team.id, "person": one}) for one in sorted(people)]
    await write(kring.log.pool, [(one, job) for one in mails])


async def _facilitators_and_managers(kring: Kring, team: Team) -> list[PersonId]:
    """The current facilitators of this CoP and managers of its programme."""
    types: list[type[Event]] = [FacilitatorAssigned, FacilitatorReplaced, ManagerAppointed]
    rights = Rights(Caller(role="system", via="job_alert_of_small_team", at=now()))
    rights.load(event for event, _ in await kring.commands.events(Selector(types=types, tags=[team.programme])))
    guides = {one for (one, _), as_ in rights.facilitators.items() if as_.guides(rights.by.at, team.id)}
    return sorted(guides | {one for one, _ in rights.managers})


async def withhold_words(kring: Kring, job: Claimed) -> None:
    """Delete a redacted text; does nothing if it is already deleted."""
    await withhold(kring, int(job.arguments["position"]), job.arguments["field"])


async def tell_of_withdrawal(kring: Kring, job: Claimed) -> None:
    """Create a mail job for every elector of a ballot from which a challenge was struck (rule 22)."""
    opened = await ballot_papers.opening(kring.commands, _ballot(job))
    due_at, struck = now(), {"ballot": opened.ballot, "challenge": job.arguments["challenge"]}
    mails = [Job("mail_challenge_struck", due_at, {**struck, "person": one}) for one in opened.electorate]
    await write(kring.log.pool, [(one, job) for one in mails])


async def check_views(kring: Kring, job: Claimed) -> None:  # noqa: ARG001  the hour only makes the key unique
    """Compare some rows of each view with the log. Differences are logged and counted, not repaired."""
    async for _ in look_for_drift(kring):
        pass


def _ballot(job: Claimed) -> BallotId:
    return BallotId(job.arguments["ballot"])


async def _execute(kring: Kring, job: Claimed, command: Callable[[Caller], Command], *, done_if: type[Refusal]) -> None:
    """Execute a command as the system. The refusal `done_if` means that it is already done."""
    by = Caller(role="system", via=job.via, at=now())
    try:
        await kring.commands.execute(lambda: command(by), cause=job)
    except done_if:
        return
