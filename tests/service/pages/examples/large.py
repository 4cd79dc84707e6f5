"""A programme of hundreds of people and challenges, recorded as events: too large to be made over HTTP one by one."""

import random
from collections.abc import Iterable, Iterator

from domain.ballots.ballot import ranks
from domain.calculations import counting
from domain.events.ballot import BallotCounted, BallotOpened, BallotVoided, CountedPaper, as_digest
from domain.events.challenge import ChallengeAdmitted, ChallengeProposed
from domain.events.people import PersonRegistered
from domain.events.roles import ParticipantEnrolled
from domain.foundation import (
    BallotId,
    ChallengeId,
    Code,
    Event,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Words,
)
from service import ballot_papers
from service.clock_and_ids import new_id
from tests.conftest import Api
from tests.service.api.examples.programme import Setting, made
from tests.service.api.examples.team import Given

TITLE = "Hoe houden we de start-ups van onze regio vast, nu zij elders groeien: vraagstuk {}?"
BATCH = 400
CHOICES = 8


async def enlarge(api: Api, setting: Setting, people: int, challenges: int) -> None:
    """Register and enrol people, and propose and admit challenges of another organisation, with texts of half a page."""
    programme, organisation = ProgrammeId(setting.programme), OrganisationId(setting.organisation)
    other = OrganisationId(made(await setting.manager.post("/organisations", json={"name": "Kliniek"}))["id"])
    persons = [PersonId(new_id("person")) for _ in range(people)]
    new = [ChallengeId(new_id("challenge")) for _ in range(challenges)]
    setting.ids += persons
    setting.challenges += new

    def events() -> Iterator[Event]:
        for n, one in enumerate(persons):
            name, email = Personal(f"Wilhelmina van den Berg {n}"), Personal(api.address(f"large{n}"))
            yield PersonRegistered(person=one, name=name, email=email, language=Code("nl"))
            yield ParticipantEnrolled(programme=programme, person=one, organisation=organisation)
        for n, one in enumerate(new):
            yield ChallengeProposed(
                challenge=one,
                programme=programme,
                organisation=other,
                proposer=None,
                title=Words(TITLE.format(n)),
                context=Words("Er speelt al jaren van alles. " * 40),
                wish=None,
            )
            yield ChallengeAdmitted(challenge=one, programme=programme, organisation=other)

    await _record(api, events())


async def counted(api: Api, setting: Setting, ballot: str) -> None:
    """Record the count of an open ballot for which everybody chose some challenges by chance."""
    opened = await ballot_papers.opening(api.kring.commands, BallotId(ballot))
    chance, seed = random.Random(1), bytes(range(32))
    choices = [tuple(chance.sample(opened.challenge_ids, CHOICES)) for _ in opened.electorate]
    papers = [counting.Paper(str(n), one) for n, one in enumerate(choices, 1)]
    found = counting.count(opened.rule, papers, opened.challenge_ids, opened.seats, seed, opened.commissioners, ())
    event = BallotCounted(
        ballot=opened.ballot,
        programme=opened.programme,
        organisations=opened.organisations,
        challenge_ids=opened.challenge_ids,
        turnout=len(papers),
        selected=tuple(ChallengeId(one) for one in found.selected),
        tallies=found.tallies,
        own_approvals=(),
        trace=found.trace,
        papers=tuple(CountedPaper(n, one) for n, one in enumerate(choices, 1)),
        voters=Words("\n".join(opened.electorate)),
        tie_seed=as_digest(seed),
        stages=found.stages,
    )
    assert ranks(opened.rule) == bool(found.stages)
    await _record(api, [event])


async def annulled(api: Api, ballot: str) -> None:
    """Record that a ballot is void, so that its challenges can be on another."""
    opened: BallotOpened = await ballot_papers.opening(api.kring.commands, BallotId(ballot))
    event = BallotVoided(
        ballot=opened.ballot,
        programme=opened.programme,
        organisations=opened.organisations,
        challenge_ids=opened.challenge_ids,
        cause=Code("by_hand"),
    )
    await _record(api, [event])


async def _record(api: Api, events: Iterable[Event]) -> None:
    batch = list[Event]()
    for one in events:
        batch.append(one)
        if len(batch) == BATCH:
            await api.kring.commands.execute(lambda recorded=tuple(batch): Given(*recorded))
            batch.clear()
    if batch:
        await api.kring.commands.execute(lambda recorded=tuple(batch): Given(*recorded))
