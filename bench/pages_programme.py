"""A programme for measuring pages: people, a counted and an open ballot, CoPs with their work, gatherings and an advice."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from bench.searching import EVENTS_PER_COMMAND, Record, text, work_of
from domain.ballots.ballot import CertifyBallot, CloseBallot
from domain.ballots.opening import OpenBallot
from domain.events.advice import (
    Addressee,
    AnswerDrafted,
    Basis,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
)
from domain.events.attendance import AttendanceRecorded
from domain.events.ballot import BallotCounted
from domain.events.challenge import ChallengeAdmitted, ChallengeProposed
from domain.events.gathering import GatheringHeld, GatheringPlanned
from domain.events.minutes import MinutesWritten
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.programme import Policies, ProgrammeOpened
from domain.events.questions import QuestionAnswered, QuestionAsked
from domain.events.roles import FacilitatorAssigned, ParticipantEnrolled
from domain.events.team import TeamFormed
from domain.foundation import (
    BallotId,
    Caller,
    ChallengeId,
    Code,
    Event,
    GatheringId,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    QuestionId,
    RecommendationId,
    Selector,
    TeamId,
    Words,
    ZoneName,
)
from service import ballot_papers
from service.auth.devices import Device
from service.auth.sign_in import PATH, SignIns, operator_link
from service.clock_and_ids import new_id, now
from service.kring import Kring
from service.preparing.ballots import casting
from workers import projector

PER_CHALLENGE, MIN_CHALLENGES, MAX_CHALLENGES = 5, 10, 60
"""One challenge for so many people, within these bounds."""
MEMBERS = 7
"""Of a CoP; the last one has the rest too."""
TEAMS_WITH_WORK = 10
QUESTIONS, JOINT_SESSIONS, OWN_GATHERINGS, RECOMMENDATIONS = 2, 3, 4, 3
APPROVALS = 3
TITLE, PARAGRAPH = 8, 50
"""Words of a title and of every other text."""


class Filled(NamedTuple):
    """The subjects of the pages. `participant` and `facilitator`: the cookies of their sign-in sessions."""

    participant: str
    facilitator: str
    challenge: ChallengeId
    open_ballot: BallotId
    counted_ballot: BallotId
    team: TeamId
    gathering: GatheringId
    challenges_on_ballot: int


class _Cast(NamedTuple):
    """The people and things of which later events speak."""

    programme: ProgrammeId
    organisations: list[OrganisationId]
    people: list[PersonId]
    facilitator: PersonId
    challenges: list[ChallengeId]
    chance: random.Random

    def organisation_of(self, number: int) -> OrganisationId:
        return self.organisations[number % len(self.organisations)]


async def fill(kring: Kring, many: int) -> Filled:
    """Fill a log with a programme of so many participants, and project it."""
    number = min(max(MIN_CHALLENGES, many // PER_CHALLENGE), MAX_CHALLENGES)
    cast = _Cast(
        programme=ProgrammeId(new_id("programme")),
        organisations=[OrganisationId(new_id("organisation")) for _ in range(max(3, many // 12))],
        people=[PersonId(new_id("person")) for _ in range(many)],
        facilitator=PersonId(new_id("person")),
        challenges=[ChallengeId(new_id("challenge")) for _ in range(number)],
        chance=random.Random(many),
    )
    await _record(kring, [*_beginning(cast), *_proposals(cast)])
    counted = await _ballot(kring, cast, cast.challenges[: number // 2], cast.people)
    selected = await _count(kring, counted, cast.facilitator)
    teams = [TeamId(new_id("team")) for _ in range(max(1, many // MEMBERS))]
    await _record(kring, list(_teams(cast, teams, selected)))
    gathering = GatheringId(new_id("gathering"))
    await _record(kring, [*_gatherings(cast, teams, gathering), *_advice(cast, teams[0], selected[0])])
    left = [one for one in cast.challenges if one not in selected]
    opened = await _ballot(kring, cast, left, cast.people[1::2])
    participant, facilitator = [await _sign_in(kring, one) for one in (cast.people[0], cast.facilitator)]
    async with kring.log.pool.acquire() as connection:
        while await projector.step(kring, connection) is None:
            pass
    return Filled(participant, facilitator, selected[0], opened, counted, teams[0], gathering, len(left))


async def _record(kring: Kring, events: Sequence[Event]) -> None:
    for first in range(0, len(events), EVENTS_PER_COMMAND):
        portion = events[first : first + EVENTS_PER_COMMAND]
        await kring.commands.execute(lambda portion=portion: Record(*portion))


def _by(role: Literal["facilitator", "participant"], person: PersonId) -> Caller:
    return Caller(role=role, person=person, via="bench", at=now())


# People and challenges


def _beginning(cast: _Cast) -> Iterator[Event]:
    programme = cast.programme
    yield ProgrammeOpened(
        programme=programme,
        name=Label("Leergang"),
        edition=Label("2026"),
        timezone=ZoneName("Europe/Amsterdam"),
        languages=(Code("nl"),),
        starts_on=None,
        ends_on=None,
        policies=Policies(),
    )
    for number, one in enumerate(cast.organisations):
        yield OrganisationRegistered(organisation=one, name=Label(f"Gemeente {number}"))
    for one in (*cast.people, cast.facilitator):
        yield PersonRegistered(
            person=one,
            name=Personal(text(cast.chance, 2).title()),
            email=Personal(f"{one}@example.org"),
            language=Code("nl"),
            programmes=(programme,),
        )
    for number, one in enumerate(cast.people):
        yield ParticipantEnrolled(programme=programme, person=one, organisation=cast.organisation_of(number))
    yield FacilitatorAssigned(programme=programme, person=cast.facilitator)


def _proposals(cast: _Cast) -> Iterator[Event]:
    programme, chance = cast.programme, cast.chance
    for number, one in enumerate(cast.challenges):
        organisation, proposer = cast.organisation_of(number), cast.people[number % len(cast.people)]
        yield ChallengeProposed(
            challenge=one,
            programme=programme,
            organisation=organisation,
            proposer=proposer,
            title=Words(text(chance, TITLE)),
            context=Words(text(chance, PARAGRAPH)),
            wish=Words(text(chance, PARAGRAPH)),
        )
        yield ChallengeAdmitted(challenge=one, programme=programme, organisation=organisation)
        for _ in range(QUESTIONS):
            asked, author = QuestionId(new_id("question")), chance.choice(cast.people)
            of: dict[str, Any] = {
                "question": asked,
                "challenge": one,
                "programme": programme,
                "organisation": organisation,
            }
            question, answer = Words(text(chance, TITLE)), Words(text(chance, PARAGRAPH))
            yield QuestionAsked(**of, proposer=proposer, author=author, text=question)
            yield QuestionAnswered(**of, asked_by=author, author=proposer, text=answer)


# Ballots


async def _ballot(kring: Kring, cast: _Cast, challenges: Sequence[ChallengeId], voters: Sequence[PersonId]) -> BallotId:
    """An open ballot on which these people have voted."""
    ballot, keys = BallotId(new_id("ballot")), kring.keys
    await kring.commands.execute(
        lambda: OpenBallot(
            ballot,
            programme=cast.programme,
            challenges=tuple(challenges),
            closes_at=now() + timedelta(days=3),
            tie_seed_commitment=ballot_papers.tie_seed_commitment(keys, ballot),
            ballot_key=ballot_papers.ballot_key(keys, ballot),
            seats=min(len(challenges) - 1, max(2, len(cast.people) // MEMBERS)),
            by=_by("facilitator", cast.facilitator),
        )
    )
    sealer = ballot_papers.PaperSealer(kring.envelopes)
    for voter in voters:
        by = _by("participant", voter)
        cast_vote = casting(
            ballot, voter, tuple(cast.chance.sample(challenges, APPROVALS)), ranked=False, sealer=sealer
        )
        await kring.commands.execute(lambda cast_vote=cast_vote, by=by: cast_vote(by))
    return ballot


async def _count(kring: Kring, ballot: BallotId, facilitator: PersonId) -> tuple[ChallengeId, ...]:
    """Close, count and certify a ballot. Returns the selected challenges."""
    await kring.commands.execute(lambda: CloseBallot(ballot, by=_by("facilitator", facilitator)))
    count = await ballot_papers.counting(kring.commands, ballot)
    await kring.commands.execute(lambda: count(_by("facilitator", facilitator)))
    await kring.commands.execute(lambda: CertifyBallot(ballot, by=_by("facilitator", facilitator)))
    ((counted, _),) = await kring.commands.events(Selector(types=[BallotCounted], tags=[ballot]))
    assert isinstance(counted, BallotCounted)
    return counted.selected


# CoPs


def _teams(cast: _Cast, teams: Sequence[TeamId], selected: Sequence[ChallengeId]) -> Iterator[Event]:
    """The CoPs; the first ones with research, and comments on it."""
    for number, team in enumerate(teams):
        challenge, members = selected[number % len(selected)], tuple(cast.people[number :: len(teams)])
        yield TeamFormed(
            team=team,
            programme=cast.programme,
            challenge=challenge,
            organisation=cast.organisation_of(cast.challenges.index(challenge)),
            number=number // len(selected) + 1,
            members=members,
        )
        if number < TEAMS_WITH_WORK:
            yield from work_of(team, cast.programme, members[0], cast.chance)


def _gatherings(cast: _Cast, teams: Sequence[TeamId], last: GatheringId) -> Iterator[Event]:
    """Joint sessions with everybody's attendance, of which `last` is the last one held; and the CoPs' own gatherings."""
    at = now().replace(minute=0, second=0, microsecond=0)
    for number in range(JOINT_SESSIONS):
        gathering = last if number == JOINT_SESSIONS - 1 else GatheringId(new_id("gathering"))
        of: dict[str, Any] = {"gathering": gathering, "programme": cast.programme}
        yield _planned(cast, gathering, (), at - timedelta(days=7 * (JOINT_SESSIONS - number)), number + 1)
        for place, one in enumerate(cast.people):
            yield AttendanceRecorded(**of, person=one, present=place % 10 != 0)
        yield GatheringHeld(**of, teams=tuple(teams), organisations=(), topics=(), techniques=())
        yield MinutesWritten(
            **of, teams=tuple(teams), version=1, text=Words("\n\n".join(text(cast.chance, PARAGRAPH) for _ in range(4)))
        )
    yield _planned(cast, GatheringId(new_id("gathering")), (), at + timedelta(days=7), JOINT_SESSIONS + 1)
    for team in teams:
        for number in range(OWN_GATHERINGS):
            planned = at + timedelta(days=7 * number - 10)
            yield _planned(cast, GatheringId(new_id("gathering")), (team,), planned, None)


def _planned(
    cast: _Cast, gathering: GatheringId, teams: tuple[TeamId, ...], starts_at: datetime, number: int | None
) -> GatheringPlanned:
    return GatheringPlanned(
        gathering=gathering,
        programme=cast.programme,
        teams=teams,
        organisations=(),
        kind="session" if number else "own",
        number=number,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place=Words(text(cast.chance, 2)),
    )


def _advice(cast: _Cast, team: TeamId, challenge: ChallengeId) -> Iterator[Event]:
    chance, organisation = cast.chance, cast.organisation_of(cast.challenges.index(challenge))
    of: dict[str, Any] = {"team": team, "programme": cast.programme}
    first: dict[str, Any] = {**of, "version": 1}
    yield ProblemStatementRevised(
        **first,
        advice_version=1,
        recommendations=(),
        text=Words(text(chance, PARAGRAPH)),
        patterns=Words(text(chance, PARAGRAPH)),
        causes=Words(text(chance, PARAGRAPH)),
        values=Words(text(chance, PARAGRAPH)),
    )
    basis = Basis(problem_statement=1)
    yield GuidingQuestionFixed(
        **first, advice_version=2, recommendations=(), basis=basis, text=Words(text(chance, TITLE))
    )
    basis = Basis(problem_statement=1, guiding_question=1)
    yield AnswerDrafted(**first, advice_version=3, recommendations=(), basis=basis, text=Words(text(chance, PARAGRAPH)))
    basis = Basis(problem_statement=1, guiding_question=1, answer=1)
    for number in range(RECOMMENDATIONS):
        yield RecommendationFormulated(
            **first,
            advice_version=4 + number,
            recommendation=RecommendationId(new_id("recommendation")),
            challenge=challenge,
            organisation=organisation,
            basis=basis,
            text=Words(text(chance, PARAGRAPH)),
            evidence=(),
            addressee=Addressee(organisation=organisation),
        )


async def _sign_in(kring: Kring, person: PersonId) -> str:
    """The cookie of a new sign-in session."""
    sign_ins = SignIns(kring)
    try:
        link = (await operator_link(kring, person)).removeprefix(PATH)
        return (await sign_ins.use_link(link, device=Device("Firefox", "Linux"))).cookie
    finally:
        await sign_ins.close()
