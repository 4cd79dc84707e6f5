"""Events of announcements to all participants of a programme."""

from domain.foundation import (
    AnnouncementId,
    Event,
    Nobody,
    PersonId,
    ProgrammeId,
    Text,
    Words,
)


class AnnouncementMade(Event, frozen=True, kw_only=True):
    """The facilitator or manager announced something. `told`: the participants at that time, who got it by mail."""

    TOPIC = "programme.announcement_made"
    TAGS = ("announcement", "programme")
    AUDIENCE = Nobody(because="announcements stay inside the programme")
    REACH = "programme"
    SUMMARY = Text(
        en="Announced to {told:# participant|# participants}: “{text}”.",
        nl="Aangekondigd aan {told:# deelnemer|# deelnemers}: “{text}”.",
    )

    announcement: AnnouncementId
    programme: ProgrammeId
    text: Words
    told: tuple[PersonId, ...]
