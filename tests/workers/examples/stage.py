"""A programme with electors and challenges, recorded by commands, for workers to act on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from domain.ballots.opening import OpenBallot
from domain.ballots.voting import CastVote, SealPaper
from domain.challenges.challenge import AdmitChallenge, ProposeChallenge
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Command,
    Event,
    Label,
    Language,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Selector,
    Words,
    ZoneName,
)
from domain.people.people import RegisterOrganisation, RegisterPerson
from domain.programmes.inviting import HoldInvitations
from domain.programmes.programme import OpenProgramme
from domain.teams.enrolment import EnrolParticipant
from service import ballot_papers
from service.clock_and_ids import new_id, now
from service.kring import Kring
from service.store.log.types import Receipt
from workers.engine import work

Kind = TypeVar("Kind", bound=Event)

TIMEOUT_S = 30.0


class Stage:
    """A running Kring and its people: three electors, the last of whom reads English."""

    def __init__(self, kring: Kring) -> None:
        self.kring = kring
        self.programme = ProgrammeId(new_id("programme"))
        self.electors = [PersonId(new_id("person")) for _ in range(3)]
        self.challenges = tuple(sorted(ChallengeId(new_id("challenge")) for _ in range(3)))

    def by(self, person: PersonId | None = None) -> Caller:
        """A participant, or a manager's token without a person."""
        return Caller(role="participant" if person else "manager", person=person, via=new_id("token"), at=now())

    async def do(self, command: Command) -> Receipt:
        """Execute a command once."""
        return await self.kring.commands.execute(lambda: command)

    async def set_up(self) -> None:
        """Record the programme, people and admitted challenges. Invitations are held back, so that they are in nobody's way."""
        bank, p = OrganisationId(new_id("organisation")), self.programme
        await self.do(
            OpenProgramme(
                p, name=Label("Leergang"), edition=Label("2016"), timezone=ZoneName("Europe/Amsterdam"), by=self.by()
            )
        )
        await self.do(HoldInvitations(p, by=self.by()))
        await self.do(RegisterOrganisation(bank, name=Label("Rabobank"), by=self.by()))
        for number, person in enumerate(self.electors):
            await self.register(person, f"Elector {number}", f"e{number}@example.org", "en" if number == 2 else "nl")
            await self.do(EnrolParticipant(p, person=person, organisation=None, by=self.by()))
        for number, one in enumerate(self.challenges):
            title, context = Words(f"Vraagstuk <{number}> & co"), Words("Context")
            proposal = ProposeChallenge(
                one, programme=p, organisation=bank, proposer=None, title=title, context=context, by=self.by()
            )
            await self.do(proposal)
            await self.do(AdmitChallenge(one, by=self.by()))

    async def register(self, person: PersonId, name: str, email: str, language: Language) -> None:
        """Register a person."""
        words = {"name": Personal(name), "email": Personal(email)}
        await self.do(RegisterPerson(person, **words, language=language, by=self.by()))

    async def open_ballot(self, *, closes_in: timedelta) -> BallotId:
        """Open a ballot on all challenges."""
        ballot, keys = BallotId(new_id("ballot")), self.kring.keys
        opening = OpenBallot(
            ballot,
            programme=self.programme,
            challenges=self.challenges,
            closes_at=now() + closes_in,
            tie_seed_commitment=ballot_papers.tie_seed_commitment(keys, ballot),
            ballot_key=ballot_papers.ballot_key(keys, ballot),
            by=self.by(),
        )
        await self.do(opening)
        return ballot

    async def vote(self, ballot: BallotId, voter: PersonId) -> None:
        """Approve the first challenge."""
        await self.do(CastVote(ballot, voter=voter, approvals=self.challenges[:1], seal=self.seal, by=self.by(voter)))

    @property
    def seal(self) -> SealPaper:
        """Seal papers as the service does."""
        return ballot_papers.PaperSealer(self.kring.envelopes)

    async def events(self, kind: type[Kind]) -> list[Kind]:
        """All events of a type."""
        mapper = self.kring.commands.mapper
        found, _ = await self.kring.log.read(mapper.query([Selector(types=[kind], tags=[])]))
        return [event for one in found if isinstance(event := mapper.decode(one), kind)]

    async def until(self, kind: type[Kind]) -> Kind:
        """Wait for the first event of a type."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                head = await self.kring.log.head()
                if found := await self.events(kind):
                    return found[0]
                await self.kring.log.wait_beyond(head, TIMEOUT_S)

    async def jobs(self, kind: str = "%") -> list[tuple[str, str, int]]:
        """State, key and attempts of the jobs of a kind."""
        rows = await self.kring.log.pool.fetch(
            "select state, key, attempts from jobs where kind like $1 order by key", kind
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def settled(self, kind: str = "%") -> list[tuple[str, str, int]]:
        """Wait until a kind has jobs and all are done or failed."""
        return await self.until_jobs(lambda found: all(state != "due" for state, *_ in found), kind)

    async def until_jobs(
        self, holds: Callable[[list[tuple[str, str, int]]], bool], kind: str = "%"
    ) -> list[tuple[str, str, int]]:
        """Wait until a kind has jobs for which this holds."""
        async with asyncio.timeout(TIMEOUT_S):
            while not (found := await self.jobs(kind)) or not holds(found):  # noqa: ASYNC110  another process may do them
                await asyncio.sleep(0.02)
        return found

    async def due_now(self, kind: str) -> None:
        """Make all unclaimed jobs due."""
        await self.kring.log.pool.execute(
            "update jobs set due_at = now() where kind = $1 and lease_until is null", kind
        )


@asynccontextmanager
async def working(kring: Kring) -> AsyncGenerator[asyncio.Task[None]]:
    """Run a worker beside the test."""
    task = asyncio.create_task(work(kring))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def at(moment: str) -> datetime:
    """A time from its text."""
    return datetime.fromisoformat(moment)
