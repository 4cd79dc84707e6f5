"""A person's calendar link: whoever has it sees their agenda, until they make a new one."""

from domain.events.calendar import CalendarLinked
from domain.foundation import CalendarId, Caller, Digest, NotAllowed, PersonId
from domain.people.rights import Acting


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
