"""Events of announcements: what a programme says to all of its participants."""

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
    """The facilitator or manager told something to all participants; `told`: who took part then, and got it by mail."""

    TOPIC = "programme.announcement_made"
    TAGS = ("announcement", "programme")
    AUDIENCE = Nobody(because="what is said inside a programme is its own")
    SUMMARY = Text(
        en="{told:# participant was|# participants were} told: {text}.",
        nl="Aan {told:# deelnemer|# deelnemers} werd gemeld: {text}.",
    )

    announcement: AnnouncementId
    programme: ProgrammeId
    text: Words
    told: tuple[PersonId, ...]
