"""Events of calendar links."""

from domain.foundation import CalendarId, Digest, Event, Nobody, PersonId, ProgrammeId, Text


class CalendarLinked(Event, frozen=True, kw_only=True):
    """A person made a new calendar link; only the SHA-256 of its secret is stored.

    `programmes`: the only ones that it shows, those of the token that made it (rule 28); None: all. It replaces an earlier link
    that shows the same.
    """

    TOPIC = "access.calendar_linked"
    VERSION = 2
    TAGS = ("calendar", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring")
    REACH = "own"
    SUMMARY = Text(en="{person} made a new calendar link.", nl="{person} maakte een nieuwe agendalink.")

    calendar: CalendarId
    person: PersonId
    secret_digest: Digest
    programmes: tuple[ProgrammeId, ...] | None = None
