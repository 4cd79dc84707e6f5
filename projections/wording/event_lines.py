"""Lines of a history: each an event with its actor, time and reason, worded for one reader. Pure: texts come unsealed."""

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
from projections.wording.sentences import (
    NOT_AVAILABLE,
    SentenceStyle,
    date_and_time,
    hint_of,
    ids_in,
    in_zone_of,
    name,
    sentence,
    texts_in,
)
from projections.wording.unreadable import Unreadable, topic_of

REASONS_FOR_ALL = frozenset(
    {
        "access.calendar_linked",
        "access.signed_in",
        "access.invitation_resent",
        "access.token_issued",
        "access.token_revoked",
        "advice.approved_by_member",
        "advice.delivered",
        "advice.presented",
        "ballot.opened",
        "ballot.recusal_declared",
        "ballot.vote_cast",
        "challenge.proposed",
        "challenge.question_answered",
        "challenge.question_asked",
        "gathering.minutes_approved",
        "organisation.contact_appointed",
        "organisation.contact_ended",
        "person.details_changed",
        "person.registered",
        "programme.announcement_made",
        "programme.concluded",
        "programme.facilitator_assigned",
        "programme.facilitator_replaced",
        "programme.invitations_released",
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
"""The actor of events without a person or token: those of timers, jobs and the operator."""

STATED = Text(en="stated to have happened on {day}", nl="naar opgave op {day}")
ON_BEHALF = Text(en="on behalf of {organisation}", nl="namens {organisation}")
REASON = Text(en="Reason: {reason}", nl="Reden: {reason}")
ON_RECORD = Text(en="on record", nl="vastgelegd")


class LoggedEvent(NamedTuple):
    """An event of the log with its envelope. `on_record`: the reader learns that there is a reason, but not the reason."""

    event: Event
    position: int
    recorded_at: datetime
    occurred_at: datetime | None
    actor: str
    on_behalf_of: str | None
    reason: Words | None
    on_record: bool = False


class Entry(Struct, frozen=True, kw_only=True):
    """A line of a trail. `occurred_at`: when it happened, as stated (rule 26); `by`: the actor, in words.

    `brought_in`: the earlier events that this one made visible; they have its `index`.
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


class NeverVisible(Struct, frozen=True):
    """An event type that no organisation can see, why, and the number of such events about its challenges and teams so far."""

    type: str
    because: str
    so_far: int


def ids_of(logged: LoggedEvent) -> Iterator[str]:
    """The ids whose names this line needs, with that of its programme, in whose time zone its times are written."""
    yield logged.actor
    if (programme := getattr(logged.event, "programme", None)) is not None:
        yield programme
    if logged.on_behalf_of is not None:
        yield logged.on_behalf_of
    yield from ids_in(logged.event)


def texts_of(logged: LoggedEvent, *, outside: bool) -> Iterator[Sealed]:
    """The sealed texts that this line quotes; `outside`: for a reader outside the programme."""
    yield from texts_in(logged.event)
    if logged.reason is not None and not is_on_record_only(logged, outside=outside):
        yield logged.reason


def is_about_a_person(event: Event) -> bool:
    """Whether a reason for this event is about a person. The reason of an event that cannot be read may be."""
    return isinstance(event, Unreadable) or (names_people(type(event)) and event.TOPIC not in REASONS_FOR_ALL)


@cache
def names_people(kind: type[Event]) -> bool:
    """Whether events of this type have ids of people among their fields or tags."""
    hints = [hint_of(kind, field) for field in (*kind.__struct_fields__, *kind.TAGS)]
    return any(PersonId in {hint, *get_args(hint)} for hint in hints)


def is_on_record_only(logged: LoggedEvent, *, outside: bool) -> bool:
    """Whether the reader learns only that there is a reason."""
    return logged.on_record or (outside and is_about_a_person(logged.event))


def as_visible_inside(logged: LoggedEvent, reader: str, *, facilitates: bool) -> LoggedEvent:
    """The event for a `reader` inside the programme, who may not be allowed to read a reason about another person.

    Facilitators, that person and the author of the reason can read it.
    """
    event = logged.event
    concerned = {getattr(event, "person", None), getattr(event, "member", None), *getattr(event, "overridden", ())}
    may_read = facilitates or reader == logged.actor or reader in concerned
    return logged._replace(on_record=is_about_a_person(event) and not may_read)


def entry(
    logged: LoggedEvent,
    index: int,
    names: Mapping[str, Name],
    style: SentenceStyle,
    *,
    outside: bool,
    brought_in: Iterable[LoggedEvent] = (),
) -> Entry:
    """The line as a resource. `index`: counts the events visible to this organisation, from 0."""
    by, said, because = in_words(logged, names, style, outside=outside)
    return Entry(
        index=index,
        position=logged.position,
        type=topic_of(logged.event),
        recorded_at=logged.recorded_at,
        occurred_at=logged.occurred_at,
        by=by,
        sentence=said,
        reason=because,
        brought_in=tuple(entry(one, index, names, style, outside=outside) for one in brought_in),
    )


class InWords(NamedTuple):
    """An event in words: its actor, a sentence, and the reason if there is one."""

    by: str
    sentence: str
    reason: str | None


def in_words(logged: LoggedEvent, names: Mapping[str, Name], style: SentenceStyle, *, outside: bool) -> InWords:
    """The event in words. `outside`: for a reader outside the programme, who cannot read reasons about people."""
    because = reason_in_words(logged, style, outside=outside)
    return InWords(actor_in_words(logged, names, style), sentence(logged.event, names, style), because)


def line(logged: LoggedEvent, names: Mapping[str, Name], style: SentenceStyle, *, outside: bool) -> str:
    """The event as one line of text: position, time of recording, actor, stated time, sentence and reason."""
    style = in_zone_of(logged.event, names, style)
    head = f"{logged.position}. {date_and_time(logged.recorded_at, style)} · {actor_in_words(logged, names, style)}"
    if logged.occurred_at is not None:
        head = f"{head}, {style.says(STATED).format(day=_day(logged.occurred_at, style))}"
    because = reason_in_words(logged, style, outside=outside)
    tail = "" if because is None else f" {style.says(REASON).format(reason=because)}"
    return f"{head}: {sentence(logged.event, names, style)}{tail}"


def actor_in_words(logged: LoggedEvent, names: Mapping[str, Name], style: SentenceStyle) -> str:
    """The actor, and the organisation on whose behalf they acted."""
    actor = name(logged.actor, names, style) if logged.actor.startswith(("person_", "token_")) else KRING
    if logged.on_behalf_of is None:
        return actor
    behalf = name(logged.on_behalf_of, names, style)
    return f"{actor} {style.says(ON_BEHALF).format(organisation=behalf)}"


def reason_in_words(logged: LoggedEvent, style: SentenceStyle, *, outside: bool) -> str | None:
    """The reason, as far as the reader may read it; None if none was given."""
    if logged.reason is None:
        return None
    if is_on_record_only(logged, outside=outside):
        return style.says(ON_RECORD)
    return style.says(NOT_AVAILABLE) if logged.reason.text is None else isolated(" ".join(logged.reason.text.split()))


def never_visible(events: Iterable[type[Event]], so_far: Mapping[str, int]) -> list[NeverVisible]:
    """The event types that no organisation can see, each with its number of events from `so_far`."""
    return [
        NeverVisible(one.TOPIC, one.AUDIENCE.because, so_far.get(one.TOPIC, 0))
        for one in events
        if isinstance(one.AUDIENCE, Nobody)
    ]


def _day(at: datetime, style: SentenceStyle) -> str:
    return day(at.astimezone(ZoneInfo(style.zone)).date(), style.language)
