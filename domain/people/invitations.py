"""Invitations that are sent again: how often that is possible (rule 36)."""

from datetime import datetime, timedelta

from domain.events.invitations import InvitationResent
from domain.foundation import Caller, ContactId, Knowledge, PersonId, ProgrammeId, Refusal, Selector, Text, applies

RESEND_INTERVAL = timedelta(hours=1)


class SentRecently(Refusal):
    """Rule 36: an invitation is sent again at most once an hour. `minutes`: until it is possible."""

    CODE = "sent-recently"
    TEXT = Text(
        en="This invitation was sent again less than an hour ago. Wait {minutes:# minute|# minutes}.",
        nl="Deze uitnodiging is minder dan een uur geleden al opnieuw verstuurd. Wacht nog {minutes:# minuut|# minuten}.",
    )


class Resends(Knowledge):
    """The invitations of one person that were sent again: those of a programme, or of an appointment by an organisation."""

    def __init__(self, person: PersonId, about: ProgrammeId | ContactId) -> None:
        super().__init__(Selector(types=[InvitationResent], tags=[person, about]))
        self.person, self.about = person, about
        self.not_before: datetime | None = None

    @applies(InvitationResent)
    def _(self, event: InvitationResent) -> None:
        if event.person == self.person and self.about in {event.programme, event.contact}:
            self.not_before = event.not_before

    def next_after(self, by: Caller) -> datetime:
        """The time from which it can be sent once more, if it is sent now. Raises `SentRecently`."""
        if self.not_before is not None and by.at < self.not_before:
            raise SentRecently(minutes=-((by.at - self.not_before) // timedelta(minutes=1)))
        return by.at + RESEND_INTERVAL
