"""A person's calendar link: whoever has it sees their agenda, until they make a new one."""

from domain.foundation import CalendarId, Caller, Digest, Fact, Nobody, NotAllowed, PersonId, ProgrammeId, Text
from domain.roles import Acting


class CalendarLinked(Fact, frozen=True, kw_only=True):
    """A person made a new calendar link, which ends the one before; its secret is stored as SHA-256 alone.

    `programmes`: the only ones that it shows, as the token with which it was made (rule 28); None: all. It ends an earlier one
    that shows the same.
    """

    TOPIC = "access.calendar_linked"
    VERSION = 2
    CONCERNS = ("calendar", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring")
    AUDIT = Text(en="{person} made a new calendar link.", nl="{person} maakte een nieuwe agendalink.")

    calendar: CalendarId
    person: PersonId
    secret_digest: Digest
    programmes: tuple[ProgrammeId, ...] | None = None


class LinkCalendar(Acting):
    """Make a new calendar link of one's own."""

    def __init__(self, calendar: CalendarId, *, person: PersonId, secret_digest: Digest, by: Caller) -> None:
        super().__init__()
        self.calendar, self.person, self.secret_digest, self.by = calendar, person, secret_digest, by

    def execute(self) -> None:
        if self.person != self.by.person:
            raise NotAllowed
        self.record(
            CalendarLinked(
                calendar=self.calendar,
                person=self.person,
                secret_digest=self.secret_digest,
                programmes=self.by.programmes,
            )
        )
