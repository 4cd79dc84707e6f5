"""What a programme says to all of its participants at once."""

from domain.foundation import (
    AnnouncementId,
    Caller,
    Fact,
    Nobody,
    PersonId,
    ProgrammeId,
    Selector,
    Text,
    Words,
)
from domain.programme import InProgramme
from domain.roles import ENROLMENT_FACTS


class AnnouncementMade(Fact, frozen=True, kw_only=True):
    """The facilitator or manager told something to all participants; `told`: who took part then, and got it by mail."""

    TOPIC = "programme.announcement_made"
    CONCERNS = ("announcement", "programme")
    AUDIENCE = Nobody(because="what is said inside a programme is its own")
    AUDIT = Text(
        en="{told:# participant was|# participants were} told: {text}.",
        nl="Aan {told:# deelnemer|# deelnemers} werd gemeld: {text}.",
    )

    announcement: AnnouncementId
    programme: ProgrammeId
    text: Words
    told: tuple[PersonId, ...]


class MakeAnnouncement(InProgramme):
    """Tell something to all who take part now."""

    def __init__(self, announcement: AnnouncementId, *, programme: ProgrammeId, text: Words, by: Caller) -> None:
        super().__init__()
        self.announcement, self.programme, self.text, self.by = announcement, programme, text, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=ENROLMENT_FACTS, tags=[self.programme])]

    def execute(self) -> None:
        self.require_programme()
        self.require_facilitator(self.programme)
        self.require_not_concluded()
        told = sorted(person for person, programme in self.participants if programme == self.programme)
        self.record(
            AnnouncementMade(announcement=self.announcement, programme=self.programme, text=self.text, told=tuple(told))
        )
