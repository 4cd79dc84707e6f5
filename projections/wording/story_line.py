"""One line of a story: an event with who acted, when, and why, for one reader. Pure: names and texts come opened."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple, get_args
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.foundation import Event, Nobody, PersonId, Sealed, Text, Words
from projections.wording.bidi import isolated
from projections.wording.formats import day
from projections.wording.names import Name
from projections.wording.sentences import SentenceStyle, hint_of, ids_in, in_zone_of, moment, name, sentence, texts_in
from projections.wording.unreadable import Unreadable, topic_of

REASONS_FOR_ALL = frozenset(
    {
        "access.calendar_linked",
        "access.token_issued",
        "access.token_revoked",
        "advice.approved_by_member",
        "advice.delivered",
        "advice.presented",
        "ballot.opened",
        "ballot.recusal_declared",
        "ballot.vote_cast",
        "challenge.proposed",
        "gathering.minutes_approved",
        "organisation.contact_appointed",
        "organisation.contact_ended",
        "person.details_changed",
        "person.registered",
        "programme.announcement_made",
        "programme.concluded",
        "programme.facilitator_assigned",
        "programme.facilitator_replaced",
        "programme.manager_appointed",
        "programme.participant_enrolled",
        "team.assignment_proposed",
        "team.comment_added",
        "team.dissolved",
        "team.formed",
        "team.merged",
        "team.preferences_ranked",
        "trip.availability_given",
        "trip.booked",
        "trip.booking_cancelled",
        "trip.booking_confirmed",
        "trip.booking_failed",
        "trip.booking_requested",
        "trip.cancelled",
        "trip.completed",
        "trip.date_fixed",
        "trip.date_poll_opened",
        "trip.expense_shared",
        "trip.guest_invited",
        "trip.idea_proposed",
        "trip.itinerary_item_added",
        "trip.itinerary_item_changed",
        "trip.itinerary_item_removed",
    }
)
"""Topics of events that name a person, but whose reasons everybody may read who can read the event.

The reason of any other event that names a person is about them. It is for facilitators, that person and whoever stated it; others
read that there is one.
"""

KRING = "Kring"
"""Who acts where no person and no token does: timers, jobs and the operator."""

STATED = Text(en="stated to have happened on {day}", nl="naar opgave op {day}")
ON_BEHALF = Text(en="on behalf of {organisation}", nl="namens {organisation}")
REASON = Text(en="Reason: {reason}", nl="Reden: {reason}")
ON_RECORD = Text(en="on record", nl="vastgelegd")
WITHHELD = Text(en="[withheld]", nl="[niet beschikbaar]")


class Told(NamedTuple):
    """An event as it stands in the log, with its envelope. `on_record`: its reader reads that there is a reason, not which."""

    event: Event
    position: int
    recorded_at: datetime
    occurred_at: datetime | None
    actor: str
    on_behalf_of: str | None
    reason: Words | None
    on_record: bool = False


class Entry(Struct, frozen=True, kw_only=True):
    """An event told to somebody. `occurred_at`: when it happened, as stated (rule 26); `by`: who acted, in words.

    `brought_in`: the earlier events that this one told; they have its `index`.
    """

    index: int
    position: int
    type: str
    recorded_at: datetime
    occurred_at: datetime | None
    by: str
    sentence: str
    reason: str | None
    brought_in: "tuple[Entry, ...]" = ()


class NeverTold(Struct, frozen=True):
    """A kind of event that no organisation is told, why, and how many concern its challenges and teams so far."""

    type: str
    because: str
    so_far: int


def ids_of(told: Told) -> Iterator[str]:
    """The ids whose names this line needs, and of the programme whose zone it is told in."""
    yield told.actor
    if (programme := getattr(told.event, "programme", None)) is not None:
        yield programme
    if told.on_behalf_of is not None:
        yield told.on_behalf_of
    yield from ids_in(told.event)


def texts_of(told: Told, *, outside: bool) -> Iterator[Sealed]:
    """The sealed texts that this line quotes; `outside`: for a reader outside the programme."""
    yield from texts_in(told.event)
    if told.reason is not None and not is_on_record_only(told, outside=outside):
        yield told.reason


def is_about_a_person(event: Event) -> bool:
    """Whether a reason for this event is about a person. The reason of an event that cannot be read may be."""
    return isinstance(event, Unreadable) or (names_people(type(event)) and event.TOPIC not in REASONS_FOR_ALL)


@cache
def names_people(kind: type[Event]) -> bool:
    """Whether events of this type have ids of people among their fields or tags."""
    hints = [hint_of(kind, field) for field in (*kind.__struct_fields__, *kind.TAGS)]
    return any(PersonId in {hint, *get_args(hint)} for hint in hints)


def is_on_record_only(told: Told, *, outside: bool) -> bool:
    """Whether this reader reads that there is a reason, not what it says."""
    return told.on_record or (outside and is_about_a_person(told.event))


def inside(told: Told, style: str, *, guides: bool) -> Told:
    """The line for somebody in the programme: a reason about a person is for who guides them, themselves, and who stated it."""
    event = told.event
    concerned = {getattr(event, "person", None), getattr(event, "member", None), *getattr(event, "overridden", ())}
    theirs = guides or style == told.actor or style in concerned
    return told._replace(on_record=is_about_a_person(event) and not theirs)


def entry(
    told: Told,
    index: int,
    names: Mapping[str, Name],
    style: SentenceStyle,
    *,
    outside: bool,
    brought_in: Iterable[Told] = (),
) -> Entry:
    """The line as a resource; `index` counts the events told to this organisation from 0."""
    by, said, because = in_words(told, names, style, outside=outside)
    return Entry(
        index=index,
        position=told.position,
        type=topic_of(told.event),
        recorded_at=told.recorded_at,
        occurred_at=told.occurred_at,
        by=by,
        sentence=said,
        reason=because,
        brought_in=tuple(entry(one, index, names, style, outside=outside) for one in brought_in),
    )


class InWords(NamedTuple):
    """Who acted, what happened, and why."""

    by: str
    sentence: str
    reason: str | None


def in_words(told: Told, names: Mapping[str, Name], style: SentenceStyle, *, outside: bool) -> InWords:
    """The line in words. `outside`: reasons about a person stay on record only."""
    because = reason(told, style, outside=outside)
    return InWords(acting(told, names, style), sentence(told.event, names, style), because)


def line(told: Told, names: Mapping[str, Name], style: SentenceStyle, *, outside: bool) -> str:
    """The line as text: position, when recorded, who acted, when it happened as stated, what, and why."""
    style = in_zone_of(told.event, names, style)
    head = f"{told.position}. {moment(told.recorded_at, style)} · {acting(told, names, style)}"
    if told.occurred_at is not None:
        head = f"{head}, {style.says(STATED).format(day=_day(told.occurred_at, style))}"
    because = reason(told, style, outside=outside)
    tail = "" if because is None else f" {style.says(REASON).format(reason=because)}"
    return f"{head}: {sentence(told.event, names, style)}{tail}"


def acting(told: Told, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """Who acted, and on whose behalf."""
    who = name(told.actor, names, style) if told.actor.startswith(("person_", "token_")) else KRING
    if told.on_behalf_of is None:
        return who
    behalf = name(told.on_behalf_of, names, style)
    return f"{who} {style.says(ON_BEHALF).format(organisation=behalf)}"


def reason(told: Told, style: SentenceStyle, *, outside: bool) -> str | None:
    """Why, as far as this reader may read it; None where no reason was given."""
    if told.reason is None:
        return None
    if is_on_record_only(told, outside=outside):
        return style.says(ON_RECORD)
    return style.says(WITHHELD) if told.reason.text is None else isolated(" ".join(told.reason.text.split()))


def never_told(events: Iterable[type[Event]], so_far: Mapping[str, int]) -> list[NeverTold]:
    """The kinds that no organisation is told, by topic, with how many there are of each: what a story begins with."""
    return [
        NeverTold(one.TOPIC, one.AUDIENCE.because, so_far.get(one.TOPIC, 0))
        for one in events
        if isinstance(one.AUDIENCE, Nobody)
    ]


def _day(at: datetime, style: SentenceStyle) -> str:
    return day(at.astimezone(ZoneInfo(style.zone)).date(), style.language)
