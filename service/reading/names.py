"""Names of things, looked up for a page at a time."""

from collections.abc import Collection

from domain.events.trail import TrailBroughtIn
from domain.foundation import Nobody, OrganisationId, Selector
from projections.view import fold_events
from projections.wording.names import MAX_NAME_DEPTH, NAMES, NAMES_OF_IDS, Name
from service.kring import Kring


async def names_of(kring: Kring, ids: Collection[str], until: int | None = None) -> dict[str, Name]:
    """The names of these ids, now or as of `until`, and of the things that they are named after; sealed."""
    if not ids:
        return {}
    if until is None:
        rows = await kring.views.rows(Name, NAMES_OF_IDS, sorted(ids), MAX_NAME_DEPTH)
        return {row.id: row for row in rows}
    names: dict[str, Name] = {}
    for _ in range(MAX_NAME_DEPTH):  # the past knows only the rows that are named
        wanted = sorted(ids)
        rows = await kring.past(wanted, until, only=wanted).rows(Name, NAMES_OF_IDS, wanted, 1)
        names |= {row.id: row for row in rows}
        ids = {str(row.of) for row in rows if row.of is not None and row.of not in names}
        if not ids:
            break
    return names


async def names_for_organisation(
    kring: Kring, ids: Collection[str], organisation: OrganisationId, until: int | None = None
) -> dict[str, Name]:
    """The names for an organisation: a recommendation has the text that was last presented to it, not a later one."""
    names = await names_of(kring, ids, until)
    recommendations = [one for one in ids if one.startswith("recommendation_")]
    if not recommendations:
        return names
    bringing = await kring.commands.events(Selector(types=[TrailBroughtIn], tags=[organisation]), until=until)
    brought_in = {at for event, _ in bringing if isinstance(event, TrailBroughtIn) for at in event.positions}
    for one in recommendations:
        visible = [
            (event, at)
            for event, at in await kring.commands.events(Selector(types=list(NAMES.takes), tags=[one]), until=until)
            if isinstance(event.AUDIENCE, Nobody) or f"to:{organisation}" in event.tags() or at.position in brought_in
        ]
        names |= fold_events(NAMES, visible, only=(one,))
    return names
