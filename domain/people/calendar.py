"""A person's calendar link: it shows their agenda to anyone who has it, until they make a new one."""

from domain.events.calendar import CalendarLinked
from domain.foundation import CalendarId, Caller, Digest, NotAllowed, PersonId
from domain.people.rights import CallerCommand


class LinkCalendar(CallerCommand):
    """Replace the caller's own calendar link."""

    def __init__(self, calendar: CalendarId, *, person: PersonId, secret_digest: Digest, by: Caller) -> None:
        super().__init__(by)
        self.calendar, self.person, self.secret_digest = calendar, person, secret_digest

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
