"""How things are called in what is shown: names looked up for a page at a time."""

from collections.abc import Collection

from projections.names import DEEPEST, NAMES_OF_IDS, Name
from service.kring import Kring


async def names_of(kring: Kring, ids: Collection[str]) -> dict[str, Name]:
    """How these ids are called, and what their names rest on; still closed."""
    names: dict[str, Name] = {}
    for _ in range(DEEPEST):
        if not ids:
            break
        rows = await kring.views.rows(Name, NAMES_OF_IDS, sorted(ids))
        names |= {row.id: row for row in rows}
        ids = {str(row.of) for row in rows if row.of is not None and row.of not in names}
    return names
