"""Names of things in sentences: one row per id, with its public label or the digest of the name that a person gave it."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.events.advice import RecommendationFormulated
from domain.events.challenge import ChallengeProposed, ChallengeRevised
from domain.events.commitment import CommitmentMade
from domain.events.files import FileAttached
from domain.events.gathering import GatheringPlanned
from domain.events.people import (
    OrganisationRegistered,
    OrganisationRenamed,
    PersonDetailsChanged,
    PersonRegistered,
)
from domain.events.presentation import AdvicePresented
from domain.events.programme import CurriculumSet, ProgrammeOpened, ProgrammeRevised, Topic
from domain.events.questions import QuestionAsked
from domain.events.research import InsightShared, InterviewPlanned
from domain.events.roles import TokenIssued
from domain.events.stakeholders import StakeholderIdentified
from domain.events.team import TeamChallengeChanged, TeamFormed
from domain.events.trip import BookingRequested, TripIdeaProposed
from domain.foundation import AnyId, Code, Event, Label, Language, Personal, Text, Words, ZoneName
from domain.programmes.programme import SEED_TOPICS
from projections.query import ViewQuery
from projections.view import EventMetadata, On, View, one_row, row_per_id
from projections.wording.bidi import isolated
from projections.wording.vocabulary import word

MAX_TITLE_LENGTH = 120
"""Characters of a text that serves as a name."""
MAX_NAME_DEPTH = 4
"""Levels of names within names, such as a challenge in the name of a team."""


class Name(Struct, frozen=True, kw_only=True):
    """One row per id. `of`: the thing to which it belongs, if its name mentions that; `number`: distinguishes it within that.

    `draft`: its name once it is shown to others. `zone`, `topics`: of a programme, its time zone and its topics with titles.
    """

    id: AnyId
    label: Label | None = None
    personal: Personal | None = None
    words: Words | None = None
    kind: Code | None = None
    number: int | None = None
    of: AnyId | None = None
    draft: Words | None = None
    zone: ZoneName | None = None
    topics: tuple[Topic, ...] = ()


def name_from(id_field: str, **fields: str) -> On:
    """Name the thing with the id in `id_field` of an event. `fields`: a field of the event for each field of `Name`."""

    def fold(_: Name | None, event: Event, __: EventMetadata) -> Name:
        values = {name: getattr(event, field) for name, field in fields.items()}
        return Name(id=getattr(event, id_field), **values)

    return On(one_row(id_field), fold)


def person_renamed(row: Name | None, event: PersonDetailsChanged, _: EventMetadata) -> Name:
    row = row or Name(id=AnyId(event.person))
    return replace(row, personal=event.name or row.personal)


def formulated(row: Name | None, event: RecommendationFormulated, _: EventMetadata) -> Name:
    return replace(row or Name(id=AnyId(event.recommendation)), draft=event.text)


def presented(row: Name, _: AdvicePresented, __: EventMetadata) -> Name:
    """Name a recommendation by its presented text, since readers of the name may not see later drafts."""
    return replace(row, words=row.draft)


def retitled(row: Name | None, event: ChallengeRevised, _: EventMetadata) -> Name:
    now = row or Name(id=AnyId(event.challenge))
    return now if event.title is None else replace(now, words=event.title)


def programme_opened(_: Name | None, event: ProgrammeOpened, __: EventMetadata) -> Name:
    return Name(id=AnyId(event.programme), label=event.name, zone=event.timezone, topics=SEED_TOPICS)


def programme_revised(row: Name | None, event: ProgrammeRevised, _: EventMetadata) -> Name:
    return replace(row or Name(id=AnyId(event.programme)), label=event.name, zone=event.timezone)


def curriculum_set(row: Name | None, event: CurriculumSet, _: EventMetadata) -> Name:
    return replace(row or Name(id=AnyId(event.programme)), topics=event.topics)


def challenge_changed(row: Name | None, event: TeamChallengeChanged, _: EventMetadata) -> Name:
    return replace(row or Name(id=AnyId(event.team)), of=AnyId(event.challenge))


NAMES = View(
    "names",
    Name,
    {
        PersonRegistered: name_from("person", personal="name"),
        PersonDetailsChanged: On(one_row("person"), person_renamed),
        OrganisationRegistered: name_from("organisation", label="name"),
        OrganisationRenamed: name_from("organisation", label="name"),
        ProgrammeOpened: On(one_row("programme"), programme_opened),
        ProgrammeRevised: On(one_row("programme"), programme_revised),
        CurriculumSet: On(one_row("programme"), curriculum_set),
        TokenIssued: name_from("token", kind="role"),
        ChallengeProposed: name_from("challenge", words="title"),
        ChallengeRevised: On(one_row("challenge"), retitled),
        QuestionAsked: name_from("question", words="text"),
        TeamFormed: name_from("team", number="number", of="challenge"),
        TeamChallengeChanged: On(one_row("team"), challenge_changed),
        GatheringPlanned: name_from("gathering", kind="kind", number="number"),
        InterviewPlanned: name_from("interview", personal="who"),
        InsightShared: name_from("insight", words="text"),
        FileAttached: name_from("file", words="name"),
        StakeholderIdentified: name_from("stakeholder", personal="name"),
        TripIdeaProposed: name_from("trip", words="destination"),
        BookingRequested: name_from("booking", words="supplier"),
        CommitmentMade: name_from("commitment", words="text"),
        RecommendationFormulated: On(one_row("recommendation"), formulated),
        AdvicePresented: On(row_per_id("recommendation_ids"), presented),
    },
)

NAMES_OF_IDS = ViewQuery(
    """
    -- The names of these ids, and of the things after which they are named, in up to $2 steps.
    with recursive wanted (key, step) as (
      select key, 1 from unnest($1::text[]) as i (key)
      union
      select n.of, w.step + 1 from wanted w join {names} n on n.key = w.key where n.of is not null and w.step < $2
    )
    select * from {names} where key = any(array(select key from wanted))
    """,
    NAMES,
)

# In words

NAMELESS: dict[str, Text] = {
    "announcement": Text(en="an announcement", nl="een mededeling"),
    "ballot": Text(en="the ballot", nl="de stemming"),
    "assignment": Text(en="the team assignment", nl="de teamindeling"),
    "booking": Text(en="a booking", nl="een boeking"),
    "calendar": Text(en="a calendar link", nl="een agendalink"),
    "challenge": Text(en="a challenge", nl="een vraagstuk"),
    "comment": Text(en="a comment", nl="een opmerking"),
    "commitment": Text(en="a commitment", nl="een toezegging"),
    "contact": Text(en="a contact", nl="een contactpersoon"),
    "expense": Text(en="an expense", nl="een uitgave"),
    "file": Text(en="a file", nl="een bestand"),
    "gathering": Text(en="a gathering", nl="een bijeenkomst"),
    "insight": Text(en="an insight", nl="een inzicht"),
    "interview": Text(en="an interview", nl="een interview"),
    "item": Text(en="a part of the itinerary", nl="een onderdeel van het reisprogramma"),
    "option": Text(en="a date", nl="een datum"),
    "organisation": Text(en="an organisation", nl="een organisatie"),
    "person": Text(en="a person", nl="een persoon"),
    "programme": Text(en="the programme", nl="de leergang"),
    "question": Text(en="a question", nl="een vraag"),
    "recommendation": Text(en="a recommendation", nl="een aanbeveling"),
    "signin": Text(en="a sign-in session", nl="een aanmelding"),
    "source": Text(en="a source", nl="een bron"),
    "stakeholder": Text(en="a stakeholder", nl="een belanghebbende"),
    "talk": Text(en="a talk", nl="een vervolggesprek"),
    "team": Text(en="a CoP", nl="een CoP"),
    "token": Text(en="a token", nl="een token"),
    "trip": Text(en="the study trip", nl="de studiereis"),
}
"""Wordings by kind for things that have no name, or whose name cannot be read."""

SOMETHING = Text(en="something", nl="iets")

NAMED: dict[str, Text] = {
    "team": Text(en="the CoP on {of}", nl="de CoP over {of}"),
    "gathering": Text(en="{kind} {number}", nl="{kind} {number}"),
    "trip": Text(en="the study trip to {name}", nl="de studiereis naar {name}"),
    "question": Text(en="the question {name}", nl="de vraag {name}"),
    "recommendation": Text(en="recommendation {name}", nl="aanbeveling {name}"),
    "commitment": Text(en="the commitment {name}", nl="de toezegging {name}"),
    "booking": Text(en="the booking at {name}", nl="de boeking bij {name}"),
    "source": Text(en="the source {name}", nl="de bron {name}"),
    "file": Text(en="the file {name}", nl="het bestand {name}"),
    "insight": Text(en="the insight {name}", nl="het inzicht {name}"),
    "interview": Text(en="the interview with {name}", nl="het interview met {name}"),
    "token": Text(en="a token ({kind})", nl="een token ({kind})"),
}
"""Wordings by kind for things that have a name; other kinds are worded by their name alone."""

NAMED_WITH_NUMBER: dict[str, Text] = {"team": Text(en="CoP {number} on {of}", nl="CoP {number} over {of}")}
"""Wordings for the second and later things that would otherwise have the same name."""

UNNUMBERED: dict[str, Text] = {"own": Text(en="a gathering of their own", nl="een eigen bijeenkomst")}
"""Wordings by sort for things without a name or number."""


def kind_of(one: str) -> str:
    """The kind of thing that an id names: its prefix."""
    return one.rpartition("_")[0]


def display_name(one: str, names: Mapping[str, Name], language: Language, *, depth: int = 0) -> str:
    """The name of a thing in a sentence, in lower case apart from proper names; titles are quoted.

    A thing without a readable name is named by its kind.
    """
    kind, row = kind_of(one), names.get(one)
    nameless = NAMELESS.get(kind, SOMETHING)
    if row is not None and row.kind is not None:
        nameless = UNNUMBERED.get(row.kind, nameless)
    if row is None or depth > MAX_NAME_DEPTH:
        return nameless.in_language(language)
    name = _own_name(row)
    parts = {
        "name": name,
        "kind": None if row.kind is None else word(row.kind, language),
        "number": row.number,
        "of": None if row.of is None else display_name(row.of, names, language, depth=depth + 1),
    }
    pattern = NAMED.get(kind) if row.number is None or row.number == 1 else NAMED_WITH_NUMBER.get(kind, NAMED.get(kind))
    if pattern is None:
        return name or nameless.in_language(language)
    template = pattern.in_language(language)
    if any(value is None for part, value in parts.items() if f"{{{part}}}" in template):
        return name or nameless.in_language(language)
    return template.format(**parts)


def _own_name(row: Name) -> str | None:
    if row.label is not None:
        return isolated(row.label)
    if row.personal is not None:
        return None if row.personal.text is None else isolated(row.personal.text)
    if row.words is not None and row.words.text is not None:
        return f"“{isolated(shortened(row.words.text))}”"
    return None


def shortened(text: str) -> str:
    """A text on one line, cut to the length of a title; between words, unless a word is as long as half of that."""
    line = " ".join(text.split())
    if len(line) <= MAX_TITLE_LENGTH:
        return line
    cut = line[:MAX_TITLE_LENGTH]
    words = cut.rpartition(" ")[0]
    return f"{words if len(words) > MAX_TITLE_LENGTH // 2 else cut[:-1].rstrip()}…"
