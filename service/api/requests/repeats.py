"""Answers to repeated commands: the part of the first answer that a read shows the caller now (rule 32).

The first answer to a command is given once. If the command is sent again, its caller gets what they can read: the resource as
of the command's position, read by the route at its own path, with the rights that they have now.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from litestar import Litestar, Request
from litestar.routes import HTTPRoute
from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import NotFound
from projections.view import View
from service.reading.options import ListOptions, ReadOptions

Row = TypeVar("Row", bound=Struct)
Show = Callable[..., Awaitable[object]]
NOTHING: tuple[object, ...] = (None, ())


class ReadRoute(NamedTuple):
    """A route that reads a resource. `within`: the parameters in its path; `takes`: all its parameters."""

    segments: tuple[str, ...]
    within: frozenset[str]
    takes: frozenset[str]
    returns: object
    show: Show

    async def at(self, request: Mapping[str, object], named: Mapping[str, object], position: int) -> object:
        """The answer to the caller as of this position. `request`: its dependencies. Raises `NotFound`, `NotAllowed`."""
        available = {**named, **request}
        given = {one: available[one] for one in self.takes if one in available}
        if "reading" in self.takes:
            given["reading"] = ReadOptions(as_of=position)
        if "listing" in self.takes:
            given["listing"] = ListOptions(limit=1, as_of=position)
        return await self.show(**given)


class ReadRoutes:
    """All routes of the application that read a resource."""

    def __init__(self, app: Litestar) -> None:
        self._all = [
            one
            for route in app.routes
            if isinstance(route, HTTPRoute)
            for one in _read_routes(route)
            if one.takes & {"reading", "listing"}
        ]

    def of_row(self, row: type[Struct], named: Mapping[str, object]) -> ReadRoute | None:
        """The route that reads such a row, given these ids; None if there is none."""
        fitting = [one for one in self._all if one.returns is row and one.within <= named.keys()]
        return max(fitting, key=lambda one: len(one.takes & named.keys()), default=None)

    def nearest(self, path: str) -> ReadRoute | None:
        """The route at this path or, if there is none, at the nearest path above it."""
        segments = _segments(path)
        for length in range(len(segments), 0, -1):
            for one in self._all:
                if len(one.segments) == length and all(map(_matches, one.segments, segments)):
                    return one
        return None


@dataclass(frozen=True)
class RepeatedReads:
    """Reads of one repeated command, as its caller, as of its position. `dependencies`: of the routes, by name."""

    routes: ReadRoutes
    dependencies: Mapping[str, object]
    request: Request[Any, Any, Any]
    wait_for_views: Callable[[int], Awaitable[object]]

    async def row(self, view: View[Row], key: str, position: int) -> Row | None:
        """The row of `key` as the caller can read it as of this position; None if no route shows such rows.

        Raises `NotFound` or `NotAllowed` if they cannot read it or, if no route shows it, the resource nearest to the path.
        """
        named = named_by(key, self.request.path_params)
        route = self.routes.of_row(view.row, named)
        if route is None:
            await self.nearest(self.request.url.path, position)
            return None
        found = await self._read(route, named, position)
        assert isinstance(found, view.row), "the route was chosen by what it returns"
        return found

    async def nearest(self, path: str, position: int) -> None:
        """Read the resource at this path or nearest above it. Raises `NotFound` or `NotAllowed` if the caller cannot."""
        route = self.routes.nearest(path)
        if route is not None:
            await self._read(route, self.request.path_params, position)

    async def _read(self, route: ReadRoute, named: Mapping[str, object], position: int) -> object:
        """The answer of this route as of a position; if it is not found, again after the views have caught up."""
        try:
            return await route.at(self.dependencies, named, position)
        except NotFound:
            await self.wait_for_views(position)
            return await route.at(self.dependencies, named, position)


def named_by(key: str, path: Mapping[str, Any]) -> dict[str, object]:
    """The ids in a row's key and in a path by the names of parameters: `trip_…` is `trip` and `trip_id`."""
    ids = {one.rpartition("_")[0]: one for one in key.split("/")}
    return {**path, **ids, **{f"{kind}_id": one for kind, one in ids.items()}}


def shown_by_both(first: Row, now: Row) -> Row:
    """The fields of the first answer, with the values that a read shows now: a read may show more fields, or fewer."""
    fields = [one for one in first.__struct_fields__ if getattr(first, one) not in NOTHING]
    return replace(first, **{one: getattr(now, one) for one in fields})


def _read_routes(route: HTTPRoute) -> Sequence[ReadRoute]:
    found: list[ReadRoute] = []
    for handler in route.route_handlers:
        if "GET" not in handler.http_methods:
            continue
        signature = handler.parsed_fn_signature
        takes = frozenset(signature.parameters)
        within = frozenset(route.path_parameters)
        found.append(ReadRoute(_segments(route.path), within, takes, signature.return_type.annotation, handler.fn))
    return found


def _matches(template: str, segment: str) -> bool:
    return template in {"{}", segment}


def _segments(path: str) -> tuple[str, ...]:
    """The segments of a path, or of a template without the names of its parameters."""
    return tuple("{}" if one.startswith("{") else one for one in path.split("/") if one)
