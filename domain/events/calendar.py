"""Events of calendar links."""

from domain.foundation import CalendarId, Digest, Event, Nobody, PersonId, ProgrammeId, Text


class CalendarLinked(Event, frozen=True, kw_only=True):
    """A person made a new calendar link, which ends the one before; its secret is stored as SHA-256 alone.

    `programmes`: the only ones that it shows, as the token with which it was made (rule 28); None: all. It ends an earlier one
    that shows the same.
    """

    TOPIC = "access.calendar_linked"
    VERSION = 2
    TAGS = ("calendar", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring")
    SUMMARY = Text(en="{person} made a new calendar link.", nl="{person} maakte een nieuwe agendalink.")

    calendar: CalendarId
    person: PersonId
    secret_digest: Digest
    programmes: tuple[ProgrammeId, ...] | None = None
