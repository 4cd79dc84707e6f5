"""Announcements to all participants of a programme."""

from domain.events.announcements import AnnouncementMade
from domain.foundation import (
    AnnouncementId,
    Caller,
    ProgrammeId,
    Words,
)
from domain.people.rights import CallerCommand, Participants
from domain.programmes.programme import ProgrammeState


class MakeAnnouncement(CallerCommand):
    """Send an announcement to the present participants."""

    def __init__(self, announcement: AnnouncementId, *, programme: ProgrammeId, text: Words, by: Caller) -> None:
        super().__init__(by)
        self.announcement, self.programme, self.text = announcement, programme, text
        self.programme_state = ProgrammeState(programme)
        self.participants = Participants(programme)

    def execute(self) -> None:
        self.programme_state.require_programme()
        self.rights.require_facilitator(self.programme)
        self.programme_state.require_not_concluded(self.programme)
        self.record(
            AnnouncementMade(
                announcement=self.announcement, programme=self.programme, text=self.text, told=tuple(self.participants)
            )
        )
