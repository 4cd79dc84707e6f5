"""A team of three with its facilitator, its commissioner, and another participant."""

from collections.abc import Mapping
from datetime import datetime

from domain.advice.advice import (
    DraftAnswer,
    FixGuidingQuestion,
    FormulateRecommendation,
    ReviseProblemStatement,
)
from domain.advice.presenting import DeliverAdvice, JudgeAdvice, PresentAdvice
from domain.events.advice import Addressee
from domain.events.people import PersonRegistered
from domain.events.programme import Policies, ProgrammeOpened
from domain.events.research import SourceLogged
from domain.events.roles import ContactAppointed, FacilitatorAssigned, ParticipantEnrolled
from domain.events.team import TeamFormed
from domain.foundation import (
    Caller,
    ChallengeId,
    Code,
    Command,
    ContactId,
    Digest,
    Event,
    FileId,
    Knowledge,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    RecommendationId,
    SourceId,
    TeamId,
    Words,
    ZoneName,
)
from tests.domain.examples.deciding import NOW, caller, decide


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}_{number:026d}"


PROGRAMME, CHALLENGE = ProgrammeId(id_of("programme", 1)), ChallengeId(id_of("challenge", 1))
TEAM, OTHER_TEAM = TeamId(id_of("team", 1)), TeamId(id_of("team", 2))
BANK, CLINIC = OrganisationId(id_of("organisation", 1)), OrganisationId(id_of("organisation", 2))
ANNA, BERT, CORA, OTTO, GUIDE, BANKER = (PersonId(id_of("person", n)) for n in range(1, 7))
SOURCE, RECOMMENDATION = SourceId(id_of("source", 1)), RecommendationId(id_of("recommendation", 1))

FORMED = TeamFormed(
    team=TEAM, programme=PROGRAMME, challenge=CHALLENGE, organisation=BANK, number=1, members=(ANNA, BERT, CORA)
)
LOGGED = SourceLogged(source=SOURCE, team=TEAM, programme=PROGRAMME, csl=Words("{}"))
EVERYBODY: list[Event] = [
    ProgrammeOpened(
        programme=PROGRAMME,
        name=Label("Leergang"),
        edition=Label("2016"),
        timezone=ZoneName("Europe/Amsterdam"),
        languages=(Code("nl"),),
        starts_on=None,
        ends_on=None,
        policies=Policies(response_weeks=4),
    ),
    *(ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=None) for one in (ANNA, BERT, CORA, OTTO)),
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    ContactAppointed(
        contact=ContactId(id_of("contact", 1)), organisation=BANK, person=BANKER, role=Code("commissioner")
    ),
    PersonRegistered(person=BANKER, name=Personal("B"), email=Personal("b@example.org"), language=Code("nl")),
    FORMED,
]

BY_ANNA, BY_BERT, BY_CORA = (caller("participant", one) for one in (ANNA, BERT, CORA))
BY_OTTO = caller("participant", OTTO)
BY_GUIDE, BY_BANKER = caller("facilitator", GUIDE), caller("commissioner", BANKER)


def execute(history: list[Event], command: Command) -> list[Event]:
    """Execute a command on the events of its boundary, like the command handler; return the history with its events."""
    return [*history, *decide(command, *selected(command, history))]


def selected(command: Knowledge, history: list[Event]) -> list[Event]:
    """The events of a history that a command's boundary and background select."""
    learnt = [*command.consistency_boundary(), *command.background()]
    return [one for one in history if any(type(one) in s.types and set(s.tags) <= set(one.tags()) for s in learnt)]


def problem(history: list[Event], *, based_on: int | None = None) -> list[Event]:
    return execute(history, ReviseProblemStatement(TEAM, text=Words("p"), based_on=based_on, by=BY_ANNA))


def question(history: list[Event]) -> list[Event]:
    return execute(history, FixGuidingQuestion(TEAM, text=Words("q"), by=BY_ANNA))


def answer(history: list[Event]) -> list[Event]:
    return execute(history, DraftAnswer(TEAM, text=Words("a"), by=BY_ANNA))


def recommend(history: list[Event]) -> list[Event]:
    new = FormulateRecommendation(
        RECOMMENDATION,
        team=TEAM,
        text=Words("r"),
        evidence=(SOURCE,),  # pyright: ignore[reportArgumentType]  an id of any kind
        addressee=Addressee(organisation=None, name=Words("De regio")),
        by=BY_ANNA,
    )
    return execute(history, new)


def drafted() -> list[Event]:
    return recommend(answer(question(problem([*EVERYBODY, LOGGED]))))


def judge(history: list[Event], by: Caller, words: str | None = None) -> list[Event]:
    verdict = "approve" if words is None else "dissent"
    return execute(history, JudgeAdvice(TEAM, verdict=verdict, text=Words(words) if words else None, by=by))


def presentation(
    version: int = 4,
    dissents: Mapping[PersonId, str] | None = None,
    at: datetime = NOW,
    by: PersonId = ANNA,
    files: tuple[FileId, ...] = (),
) -> PresentAdvice:
    return PresentAdvice(
        TEAM,
        programme=PROGRAMME,
        to=(BANKER,),
        version=version,
        dissents={member: Words(text) for member, text in (dissents or {}).items()},
        document_hash=Digest("A" * 43),
        files=files,
        by=caller("participant", by, at=at),
    )


def presented() -> list[Event]:
    history = judge(judge(judge(drafted(), BY_ANNA), BY_BERT), BY_CORA)
    return execute(history, presentation())


def delivered() -> list[Event]:
    return execute(presented(), DeliverAdvice(TEAM, programme=PROGRAMME, to=(BANKER,), by=BY_ANNA))
