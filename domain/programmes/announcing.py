"""What a programme says to all of its participants at once."""

from domain.events.announcements import AnnouncementMade
from domain.events.roles import ENROLMENT_EVENTS
from domain.foundation import (
    AnnouncementId,
    Caller,
    ProgrammeId,
    Selector,
    Words,
)
from domain.programmes.programme import InProgramme


class MakeAnnouncement(InProgramme):
    """Tell something to all who take part now."""

    def __init__(self, announcement: AnnouncementId, *, programme: ProgrammeId, text: Words, by: Caller) -> None:
        super().__init__()
        self.announcement, self.programme, self.text, self.by = announcement, programme, text, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=ENROLMENT_EVENTS, tags=[self.programme])]

    def execute(self) -> None:
        self.require_programme()
        self.require_facilitator(self.programme)
        self.require_not_concluded()
        told = sorted(person for person, programme in self.participants if programme == self.programme)
        self.record(
            AnnouncementMade(announcement=self.announcement, programme=self.programme, text=self.text, told=tuple(told))
        )
