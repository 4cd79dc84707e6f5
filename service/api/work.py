"""A team's work as its reader may see it: what every route that shows some of it asks."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from domain.foundation import NotFound, TeamId
from domain.sharing import WorkReader
from projections.view import View
from service.api.asking import Asking
from service.api.reading import Reading

Row = TypeVar("Row", bound=Struct)


async def reader(asking: Asking, team: TeamId) -> WorkReader:
    """The caller as a reader of this team's work. Raises `NotFound` where they may see none of it."""
    rights, _ = await asking.kring.desk.learn(WorkReader(team, by=asking.by))
    rights.require_reader()
    return rights


async def one_of(
    asking: Asking, view: View[Row], key: str, team: Callable[[Row], TeamId], reading: Reading
) -> tuple[Row, WorkReader]:
    """The row of `key`, opened, and the caller as a reader of its team's work. Raises `NotFound`."""
    row = await asking.row(view, key, reading)
    if row is None:
        raise NotFound
    rights = await reader(asking, team(row))
    await asking.open([row])
    return row, rights
