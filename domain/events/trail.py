"""Event of earlier events that are brought into an organisation's trail (docs/reference/audience.md)."""

from domain.foundation import (
    Event,
    OrganisationId,
    ProgrammeId,
    Text,
    Words,
)


class TrailBroughtIn(Event, frozen=True, kw_only=True):
    """Earlier events, at these `positions` in order, became visible to an organisation, for this reason."""

    TOPIC = "trail.brought_in"
    TAGS = ("organisation", "programmes")
    AUDIENCE = ("organisation",)
    REACH = "guides"
    SUMMARY = Text(
        en="Earlier facts were brought into the trail of {organisation} (positions {positions}): “{reason}”.",
        nl="Eerdere feiten kwamen in het logboek van {organisation} (posities {positions}): “{reason}”.",
    )

    organisation: OrganisationId
    programmes: tuple[ProgrammeId, ...]
    positions: tuple[int, ...]
    reason: Words
