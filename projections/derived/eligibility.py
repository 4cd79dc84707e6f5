"""Whether a person may vote, and why: derived from the events of their enrolment and of the ballot. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from msgspec import Struct

from domain.ballots.ballot import OwnChallenge
from domain.events.ballot import (
    BallotCertified,
    BallotClosed,
    BallotOpened,
    BallotVoided,
    RecusalDeclared,
    VoteCast,
)
from domain.events.roles import ENROLMENT_EVENTS, ParticipantEnrolled, ParticipantMoved, ParticipantWithdrew
from domain.foundation import (
    BallotId,
    ChallengeId,
    CodeWord,
    Event,
    Language,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Role,
    Selector,
    Text,
)
from projections.view import EventMetadata, ids
from projections.wording.vocabulary import word

Because = Literal[
    "participant", "elector", "enrolled_later", "withdrew", "not_enrolled", "another_role", "no_person", "concluded"
]
"""Why somebody is an elector of a ballot or not, or would be if one opened now (rule 1)."""

EXPLANATIONS: dict[Because, Text] = {
    "participant": Text(
        en="You take part in this programme, so you may vote on a ballot that opens now.",
        nl="Je bent deelnemer van deze leergang. Als er nu een stemming opengaat, mag je stemmen.",
    ),
    "elector": Text(
        en="You may vote on this ballot, because you were a participant when it opened.",
        nl="Je bent stemgerechtigd, want je was deelnemer toen deze stemming openging.",
    ),
    "enrolled_later": Text(
        en="You may not vote on this ballot, because you were enrolled after it had opened. You may vote on the next one.",
        nl="Je mag niet meestemmen, want je bent pas na de opening van deze stemming ingeschreven. Bij een volgende "
        "stemming mag het wel.",
    ),
    "withdrew": Text(
        en="You may not vote, because you left the programme.",
        nl="Je mag niet stemmen, want je hebt de leergang verlaten.",
    ),
    "not_enrolled": Text(
        en="You may not vote, because you do not take part in this programme.",
        nl="Je mag niet stemmen, want je doet niet mee aan deze leergang.",
    ),
    "another_role": Text(
        en="Only participants vote. You are here as {role}.",
        nl="Alleen deelnemers stemmen. Je bent hier als {role}.",
    ),
    "no_person": Text(
        en="Only people vote, and this token belongs to nobody.",
        nl="Alleen mensen stemmen, en dit token is van niemand.",
    ),
    "concluded": Text(
        en="The programme is concluded, so no ballot opens any more.",
        nl="De leergang is afgesloten. Er gaat geen stemming meer open.",
    ),
}

POLICIES: dict[OwnChallenge, Text] = {
    "disclosed": Text(
        en="You may choose your own challenges. The result says how many of its votes come from its own people.",
        nl="Je mag je eigen vraagstukken kiezen. De uitslag vermeldt hoeveel stemmen van eigen mensen komen.",
    ),
    "forbidden": Text(
        en="You may not choose your own challenges.",
        nl="Je mag je eigen vraagstukken niet kiezen.",
    ),
}
"""Treatments of own challenges on a ballot (rule 7)."""

BALLOT_EVENTS: list[type[Event]] = [BallotOpened, BallotClosed, BallotCertified, BallotVoided]


class RestsOn(Struct, frozen=True):
    """An event on which an answer rests."""

    position: int
    type: str
    recorded_at: datetime


class OwnOnBallot(Struct, frozen=True, rename=ids("challenge", "organisation")):
    """A challenge on a ballot that is the elector's own (rule 7): they proposed it, or it is their organisation's, or both.

    `organisation_id`: theirs when the ballot opened; null if it is not that organisation's challenge.
    """

    challenge: ChallengeId
    proposed: bool
    organisation: OrganisationId | None


class RecusalOf(Struct, frozen=True, rename=ids("challenge")):
    """A challenge in whose choice the elector takes no part, and the position of the event that says so."""

    challenge: ChallengeId
    position: int


class HandedIn(Struct, frozen=True):
    """The current paper: when it was handed in, whether by the elector in person, and the position of that event."""

    handed_in_at: datetime
    in_person: bool
    position: int


class Eligibility(Struct, frozen=True, kw_only=True, rename=ids("ballot", "programme")):
    """Whether the caller may vote on a ballot, and why (rule 1).

    `may_vote`: they are an elector, and the voting is open. `explanation`: `because` in the reader's language. `since`: the
    enrolment that made them an elector, or came too late. `own_policy`: what the ballot does with `own_challenges` (rule 7), and
    `own_explanation` the same in words. `closes_at`: the deadline; `closed_at`: when the ballot closed, or was declared void.
    `rests_on`: the events that decide the answer, in order.
    """

    ballot: BallotId
    programme: ProgrammeId
    elector: bool
    may_vote: bool
    because: Because
    explanation: str
    since: RestsOn | None
    closes_at: datetime
    closed_at: datetime | None
    own_policy: OwnChallenge
    own_explanation: str
    own_challenges: tuple[OwnOnBallot, ...]
    recusals: tuple[RecusalOf, ...]
    paper: HandedIn | None
    rests_on: tuple[RestsOn, ...]


class Prospect(Struct, frozen=True, kw_only=True, rename=ids("programme", "organisation")):
    """Whether the caller would be an elector if a ballot of the programme opened now, and why (rule 1).

    `organisation_id`: the one that sends them, whose challenges would be their own (rule 7). The other fields are as in
    `Eligibility`.
    """

    programme: ProgrammeId
    elector: bool
    because: Because
    explanation: str
    since: RestsOn | None
    organisation: OrganisationId | None
    rests_on: tuple[RestsOn, ...]


class Asker(NamedTuple):
    """The reader: the role of their token, their person, their language, and the time of the answer."""

    role: Role
    person: PersonId | None
    language: Language
    at: datetime


Recorded = tuple[Event, EventMetadata]


def events_about(ballot: BallotId, person: PersonId | None) -> list[Selector]:
    """The events that decide whether this person may vote on a ballot, and those of all their enrolments."""
    course = Selector(types=BALLOT_EVENTS, tags=[ballot])
    if person is None:
        return [course]
    papers = Selector(types=[VoteCast, RecusalDeclared], tags=[person, ballot])
    return [course, Selector(types=ENROLMENT_EVENTS, tags=[person]), papers]


def opening_of(ballot: BallotId, events: Iterable[Recorded]) -> tuple[BallotOpened, EventMetadata] | None:
    """The opening of a ballot; None if it has not opened."""
    for event, at in events:
        if isinstance(event, BallotOpened) and event.ballot == ballot:
            return event, at
    return None


def eligibility(opened: BallotOpened, opening: EventMetadata, events: Sequence[Recorded], asker: Asker) -> Eligibility:
    """Whether the reader may vote on this ballot. `events`: those of `events_about`, in order."""
    takes_part = asker.role == "participant" and asker.person is not None
    elector = takes_part and asker.person in opened.electorate
    mine = [*_enrolments(events, opened.programme)] if takes_part else []
    before = [one for one in mine if one[1].position < opening.position]
    deciding = _deciding(before if elector else mine)
    because = "elector" if elector else _missed(asker, mine)
    ending = next((one for one in events if _ends(one[0], opened.ballot)), None)
    cast = [(event, at) for event, at in events if isinstance(event, VoteCast)] if elector else []
    recused = [(event, at) for event, at in events if isinstance(event, RecusalDeclared)] if elector else []
    rests_on = [*deciding, (opened, opening), *recused, *cast[-1:], *([ending] if ending else [])]
    return Eligibility(
        ballot=opened.ballot,
        programme=opened.programme,
        elector=elector,
        may_vote=elector and ending is None and asker.at < opened.closes_at,
        because=because,
        explanation=_explained(because, asker),
        since=_enrolment(deciding),
        closes_at=opened.closes_at,
        closed_at=None if ending is None else ending[1].recorded_at,
        own_policy=policy_of(opened),
        own_explanation=POLICIES[policy_of(opened)].in_language(asker.language),
        own_challenges=_own(opened, asker.person, _organisation(before)) if elector else (),
        recusals=tuple(RecusalOf(event.challenge, at.position) for event, at in recused),
        paper=next((HandedIn(at.recorded_at, event.own, at.position) for event, at in cast[-1:]), None),
        rests_on=in_order(rests_on),
    )


def prospect(programme: ProgrammeId, events: Sequence[Recorded], conclusion: Recorded | None, asker: Asker) -> Prospect:
    """Whether the reader would be an elector if a ballot opened now. `events`: of their enrolments, in order."""
    takes_part = asker.role == "participant" and asker.person is not None
    mine = [*_enrolments(events, programme)] if takes_part else []
    deciding = _deciding(mine)
    active = takes_part and _is_active(mine)
    because: Because = "participant" if active and conclusion is None else "concluded"
    if not active:
        because = _inactive(mine) if takes_part else _outside(asker)
    return Prospect(
        programme=programme,
        elector=because == "participant",
        because=because,
        explanation=_explained(because, asker),
        since=_enrolment(deciding),
        organisation=_organisation(mine) if active else None,
        rests_on=in_order([*deciding, *([conclusion] if conclusion else [])]),
    )


def policy_of(opened: BallotOpened) -> OwnChallenge:
    """The treatment of own challenges on the ballot."""
    return "forbidden" if opened.own_challenge == "forbidden" else "disclosed"


def in_order(events: Iterable[Recorded]) -> tuple[RestsOn, ...]:
    """References to these events, in the order of the log."""
    return tuple(_reference(one) for one in sorted(events, key=lambda one: one[1].position))


def _enrolments(events: Iterable[Recorded], programme: ProgrammeId) -> Iterator[Recorded]:
    """The events that change the reader's enrolment in a programme."""
    for event, at in events:
        match event:
            case ParticipantEnrolled() | ParticipantMoved() | ParticipantWithdrew() if event.programme == programme:
                yield event, at
            case _:
                continue


def _deciding(mine: Sequence[Recorded]) -> list[Recorded]:
    """The last enrolment with what followed it: a move to another organisation, a withdrawal."""
    beginnings = [n for n, (event, _) in enumerate(mine) if isinstance(event, ParticipantEnrolled)]
    return list(mine[beginnings[-1] :]) if beginnings else []


def _enrolment(deciding: Sequence[Recorded]) -> RestsOn | None:
    return next((_reference(one) for one in deciding), None)


def _organisation(mine: Sequence[Recorded]) -> OrganisationId | None:
    """The organisation for which the reader took part last."""
    for event, _ in reversed(mine):
        if isinstance(event, ParticipantEnrolled | ParticipantMoved):
            return event.organisation
    return None


def _missed(asker: Asker, mine: Sequence[Recorded]) -> Because:
    """Why the reader is no elector. `mine`: the events of their enrolment. Who returned after the opening, enrolled later."""
    if asker.role != "participant" or asker.person is None:
        return _outside(asker)
    return "enrolled_later" if _is_active(mine) else _inactive(mine)


def _is_active(mine: Sequence[Recorded]) -> bool:
    """Whether the reader takes part after these events of their enrolment."""
    return bool(mine) and not isinstance(mine[-1][0], ParticipantWithdrew)


def _inactive(mine: Sequence[Recorded]) -> Because:
    return "withdrew" if mine else "not_enrolled"


def _outside(asker: Asker) -> Because:
    return "no_person" if asker.person is None else "another_role"


def _explained(because: Because, asker: Asker) -> str:
    role = word(CodeWord(asker.role), asker.language)
    return EXPLANATIONS[because].in_language(asker.language).format(role=role)


def _own(opened: BallotOpened, person: PersonId | None, organisation: OrganisationId | None) -> tuple[OwnOnBallot, ...]:
    """The challenges that the opening names as the elector's own, each with the reason."""
    named = {challenge for one in opened.own if one.elector == person for challenge in one.challenges}
    return tuple(
        OwnOnBallot(
            one.challenge,
            one.proposer is not None and one.proposer == person,
            organisation if one.organisation == organisation else None,
        )
        for one in opened.challenges
        if one.challenge in named
    )


def _ends(event: Event, ballot: BallotId) -> bool:
    """Whether this event ends the voting. A rerun of a void ballot is not that ballot."""
    return isinstance(event, BallotClosed | BallotCertified | BallotVoided) and event.ballot == ballot


def _reference(one: Recorded) -> RestsOn:
    event, at = one
    return RestsOn(at.position, event.TOPIC, at.recorded_at)
