"""How things are called in what is shown: names looked up for a page at a time."""

from collections.abc import Collection

from domain.events.trail import TrailBroughtIn
from domain.foundation import Nobody, OrganisationId, Selector
from projections.view import replay
from projections.wording.names import DEEPEST, NAMES, NAMES_OF_IDS, Name
from service.kring import Kring


async def names_of(kring: Kring, ids: Collection[str], until: int | None = None) -> dict[str, Name]:
    """How these ids are called, or were at `until`, and what their names rest on; still closed."""
    names: dict[str, Name] = {}
    for _ in range(DEEPEST):
        if not ids:
            break
        wanted = sorted(ids)
        views = kring.views if until is None else kring.past(wanted, until, only=wanted)
        rows = await views.rows(Name, NAMES_OF_IDS, wanted)
        names |= {row.id: row for row in rows}
        ids = {str(row.of) for row in rows if row.of is not None and row.of not in names}
    return names


async def names_told(
    kring: Kring, ids: Collection[str], organisation: OrganisationId, until: int | None = None
) -> dict[str, Name]:
    """The same for an organisation: a recommendation by what was last presented to it, whatever others were presented since."""
    names = await names_of(kring, ids, until)
    recommendations = [one for one in ids if one.startswith("recommendation_")]
    if not recommendations:
        return names
    bringing = await kring.commands.events(Selector(types=[TrailBroughtIn], tags=[organisation]), until=until)
    brought_in = {at for event, _ in bringing if isinstance(event, TrailBroughtIn) for at in event.positions}
    for one in recommendations:
        told = [
            (event, at)
            for event, at in await kring.commands.events(Selector(types=list(NAMES.takes), tags=[one]), until=until)
            if isinstance(event.AUDIENCE, Nobody) or f"to:{organisation}" in event.tags() or at.position in brought_in
        ]
        names |= replay(NAMES, told, only=(one,))
    return names
