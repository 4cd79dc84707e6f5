"""Checks of parameters: each must be known and given once, and integers must be written as in JSON.

Litestar alone drops undeclared parameters, takes the last of several, and accepts `1.0`, `1e1` or (in a path) `0_1` and Arabic
digits as integers.
"""

import re
from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any, NamedTuple, get_args, get_type_hints

from litestar import Request
from litestar.enums import ParamType
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg

from domain.foundation import NotFound, Text
from service.api.http.read_parameters import DEPENDENCIES, current, listing, reading
from service.api.http.validation_words import MISSING, NOT_KNOWN, OF_TYPE, is_no
from service.reading.options import BadText

INTEGER = re.compile(r"0|-?[1-9][0-9]*")
GIVEN_TWICE = Text(en="is given more than once", nl="is meer dan één keer opgegeven")
INJECTED = {"context", "reader", "request", *DEPENDENCIES}
PROVIDERS: dict[str, Callable[..., Any]] = {"reading": reading, "listing": listing, "current": current}


class Known(NamedTuple):
    """The names of a route's query parameters, of those it requires, and of those in its query and path that are integers."""

    query: frozenset[str]
    required: frozenset[str]
    integers: frozenset[str]


def require_known(request: Request[Any, Any, Any]) -> None:
    """Raises `BadText` for a parameter that is unknown, missing, given twice or not an integer; `NotFound` for one in a path."""
    handler = request.route_handler
    if not (request.scope["query_string"] or request.scope["path_params"]) or handler.opt.get("exclude_from_auth"):
        return
    known = _known(handler)
    for name, value in request.scope["path_params"].items():
        if name in known.integers and not INTEGER.fullmatch(str(value)):
            raise NotFound
    for name in dict.fromkeys(request.query_params):
        values = request.query_params.getall(name)
        if name not in known.query:
            raise BadText(name[:100], NOT_KNOWN)
        if len(values) > 1:
            raise BadText(name, GIVEN_TWICE)
        if name in known.integers and not INTEGER.fullmatch(values[0]):
            raise BadText(name, is_no(OF_TYPE["int"]))
    for name in known.required - request.query_params.keys():
        raise BadText(name, MISSING)


@cache
def _known(handler: HTTPRouteHandler) -> Known:
    hints, required = dict[str, Any](), set[str]()
    for name, declared in handler.parsed_fn_signature.parameters.items():
        kind = declared.kwarg_definition
        if isinstance(kind, ParameterKwarg) and kind.param_type == ParamType.HEADER:
            continue
        if name in PROVIDERS:
            provider = PROVIDERS[name]
            hints |= {one: get_type_hints(provider)[one] for one in signature(provider).parameters}
        elif name not in INJECTED and name != "data":
            hints[name] = declared.annotation
            if isinstance(kind, ParameterKwarg) and kind.param_type == ParamType.QUERY and not declared.has_default:
                required.add(name)
    in_path = {name for path in handler.paths for name in re.findall(r"\{(\w+)", path)}
    integers = {name for name, hint in hints.items() if int in {hint, *get_args(hint)}}
    return Known(frozenset(hints.keys() - in_path), frozenset(required), frozenset(integers))
