"""Event of earlier events that are brought into an organisation's trail."""

from domain.foundation import (
    Fact,
    OrganisationId,
    ProgrammeId,
    Text,
    Words,
)


class TrailBroughtIn(Fact, frozen=True, kw_only=True):
    """Earlier facts concern an organisation from here on: those at these `positions`, in order, and why."""

    TOPIC = "trail.brought_in"
    CONCERNS = ("organisation", "programmes")
    AUDIENCE = ("organisation",)
    AUDIT = Text(
        en="Earlier facts were brought into the trail of {organisation} (positions {positions}): “{reason}”.",
        nl="Eerdere feiten kwamen in het logboek van {organisation} (posities {positions}): “{reason}”.",
    )

    organisation: OrganisationId
    programmes: tuple[ProgrammeId, ...]
    positions: tuple[int, ...]
    reason: Words
