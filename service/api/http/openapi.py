"""The OpenAPI 3.1 document: Litestar's paths and parameters, msgspec's schemas of bodies and answers, our problems."""

import re
from collections.abc import Iterator
from types import UnionType
from typing import Any, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from litestar import HttpMethod, Litestar, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream
from litestar.routes import HTTPRoute
from litestar.types.internal_types import PathParameterDefinition
from msgspec import inspect

from domain.foundation import END, SUFFIX, OrganisationId, Sealed
from service.api.http.headers import KEY, ON_BEHALF_OF, REASON, EncodedReason, Key
from service.api.http.json_bodies import UPLOAD
from service.api.http.preconditions import IF_MATCH, IF_NONE_MATCH
from service.api.http.problems import MEDIA_TYPE, Problem
from service.reading.options import MAX_POSITION

OCTETS = {"type": "string", "format": "binary"}
END_IN_JSON = msgspec.json.encode(END)[1:-1]
"""The end of a pattern as Python writes it; in ECMA-262, which the document uses, `$` has the same meaning."""
REF = "#/components/schemas/{name}"
PROBLEM_REF = "#/components/responses/Problem{status}"
PROBLEMS = {
    "400": "`as_of` is not offered here",
    "401": "The token is missing or not valid",
    "403": "The caller may see this, but not do it",
    "404": "Unknown, or hidden from the caller",
    "405": "The method is not allowed here",
    "406": "The client accepts none of the available media types",
    "409": "A rule refuses",
    "412": "The precondition in `If-Match` or `If-None-Match` does not hold",
    "413": "Too large",
    "415": "Wrong media type",
    "422": "Not of the declared shape, or out of bounds; lists each field",
    "429": "Too many requests",
    "500": "A server error",
    "507": "There is no room for the file",
    "503": "Try again: busy, or the outcome is not known yet",
    "504": "The views did not reach `at_least` in time",
}
HEADERS = {
    KEY: ("The idempotency key of the command (rule 24): sent again with the same body, it has the same answer.", Key),
    REASON: ("The reason; beyond ASCII encoded as in RFC 8187: UTF-8''….", EncodedReason),
    ON_BEHALF_OF: ("The organisation on whose behalf the command is sent.", OrganisationId),
    IF_MATCH: ("The `ETag` of the resource as it was read; the command is refused (412) if it has changed.", str),
    IF_NONE_MATCH: ("The command is refused (412) if the resource has this `ETag` or, with `*`, if it exists.", str),
}


def _text(about: str) -> dict[str, Any]:
    """A header of an answer."""
    return {"description": about, "schema": {"type": "string"}}


POSITION = {
    "description": "The position of the last event that the command recorded, for `at_least`.",
    "required": True,
    "schema": {"type": "integer", "minimum": 1},
}
LOCATION = _text("The path where the result can be read.")
LANGUAGE = _text("The language of the answer, if it has one.")
CACHE_HEADERS = {
    "Cache-Control": _text("Whether the answer may be cached: with revalidation each time, or not at all."),
    "Vary": _text("The request headers on which the answer depends."),
}
ON_PROBLEMS = {
    "401": {"WWW-Authenticate": _text("How to sign in: `Bearer`.")},
    "405": {"Allow": _text("The methods that are allowed.")},
    "429": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}},
    "503": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}},
}


def headers_of_problem(status: str) -> dict[str, Any]:
    """The headers of a problem of this status."""
    return {CONTENT_LANGUAGE: _text("The language of the texts."), **ON_PROBLEMS.get(status, {})}


ACCEPT_LANGUAGE, CONTENT_LANGUAGE = "Accept-Language", "Content-Language"
REQUEST_HEADERS = {
    ACCEPT_LANGUAGE: (
        "The languages of errors and texts, `nl` or `en`; by default that of the caller.",
        str,
    ),
}
PREFIXES = {"item": "item", "link": None, "file": None, "job": None}
"""Path parameters whose name is not the prefix of their id, or whose value has no prefix (None)."""


class Operation(NamedTuple):
    """A route with the types of its body and its answer."""

    path: str
    method: str
    handler: HTTPRouteHandler
    takes: Any
    gives: Any


@get("/openapi.json", opt={"exclude_from_auth": True}, include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the OpenAPI document."""
    state = request.app.state
    if "openapi" not in state:  # made at the first request, since it takes a while
        state.openapi = msgspec.json.encode(document(request.app)).replace(END_IN_JSON, b"$")
    return Response(state.openapi, media_type="application/json")


def document(app: Litestar) -> dict[str, Any]:
    """The document of this application, as JSON values."""
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    found = list(_operations(app))
    types = [one for operation in found for one in (operation.takes, operation.gives) if one is not None]
    unique = list(dict.fromkeys([*types, Problem]))
    structs = {one.cls: one for kind in inspect.multi_type_info(unique) for one in _structs(kind)}
    refs, components = msgspec.json.schema_components([*unique, *structs], schema_hook=_schema, ref_template=REF)
    schemas = dict(zip([*unique, *structs], refs, strict=True))
    for kind, info in structs.items():
        _format_times(components[schemas[kind]["$ref"].rpartition("/")[2]], info)
    for name, component in components.items():
        component["title"] = title(name)
    for operation in found:
        _describe(schema["paths"][operation.path][operation.method.lower()], operation, schemas)
    schema["components"] = {
        "schemas": components,
        "responses": {
            f"Problem{status}": {
                "description": text,
                "headers": headers_of_problem(status),
                "content": {MEDIA_TYPE: {"schema": schemas[Problem]}},
            }
            for status, text in {**PROBLEMS, "501": "Not built yet"}.items()
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "kr_…"}},
    }
    schema["security"] = [{"token": []}]
    return schema


def title(component: str) -> str:
    """A unique name for a schema, which generated clients use for their classes; with the module if two have the same."""
    page = re.fullmatch(r"Page_(\w+)_", component)
    if page is not None:
        return f"PageOf{page[1]}"
    return "".join(f"{one[0].upper()}{one[1:]}" for one in component.split(".")[-2:])


def _structs(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """The structs of which a type is made, each once."""
    left, seen = [kind], set[Any]()
    while left:
        one = left.pop()
        if isinstance(one, inspect.StructType):
            if one.cls in seen:
                continue
            seen.add(one.cls)
            yield one
            left += [field.type for field in one.fields]
        else:
            values: list[Any] = [getattr(one, name) for name in one.__struct_fields__]
            for value in values:
                parts = cast("tuple[Any, ...]", value if isinstance(value, tuple) else (value,))
                left += [part for part in parts if isinstance(part, inspect.Type)]


def _format_times(schema: dict[str, Any], info: inspect.StructType) -> None:
    """Declare the format of the times of a struct (RFC 3339): msgspec does so only if an offset is required."""
    for field in info.fields:
        kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
        if any(isinstance(one, inspect.DateTimeType) for one in kinds):
            declared = schema["properties"][field.encode_name]
            for one in declared.get("anyOf", [declared]):
                if one.get("type") == "string":
                    one["format"] = "date-time"


def _operations(app: Litestar) -> Iterator[Operation]:
    handlers = [
        (route.path_format, one) for route in app.routes if isinstance(route, HTTPRoute) for one in route.route_handlers
    ]
    for path, handler in handlers:
        for method in handler.http_methods - {"OPTIONS", "HEAD"}:
            if handler.resolve_include_in_schema():
                hints = get_type_hints(handler.fn, include_extras=False)
                takes = hints.get("data", handler.opt.get(UPLOAD))
                yield Operation(path, method, handler, takes, _given(hints.get("return")))


def _given(answer: Any) -> Any:
    """The type of an answer's content; of one that may also be a stream, the type when it is not."""
    if get_origin(answer) in {Union, UnionType}:
        answer = next(one for one in get_args(answer) if one is not Stream)
    answer = get_args(answer)[0] if get_origin(answer) is Response else answer
    return None if answer in {type(None), Stream} else answer


def _describe(operation: dict[str, Any], of: Operation, schemas: dict[Any, Any]) -> None:
    operation["summary"] = (of.handler.fn.__doc__ or "").strip().split("\n")[0].rstrip(".")
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = _id_schema(parameter["name"])
    answers = operation["responses"]
    answers.update({status: {"$ref": PROBLEM_REF.format(status=status)} for status in PROBLEMS})
    operation.setdefault("parameters", []).append(_header(ACCEPT_LANGUAGE, *REQUEST_HEADERS[ACCEPT_LANGUAGE]))
    if of.handler.opt.get("not_yet"):
        operation["responses"] = {**answers, "501": {"$ref": PROBLEM_REF.format(status="501")}}
        return
    answers["501"] = {"$ref": PROBLEM_REF.format(status="501")}
    if of.gives is not None:
        good = next(status for status in answers if status.startswith("2"))
        answers[good]["content"] = {"application/json": {"schema": schemas[of.gives]}} | {
            one: {"schema": {"type": "string"}} for one in of.handler.opt.get("streams", ())
        }
        if of.method == "GET":
            _describe_tag(operation)
    elif octets := of.handler.opt.get("gives"):
        answers["200"]["content"] = {
            one: {"schema": {"type": "string"} if one.startswith("text/") else OCTETS} for one in sorted(octets)
        }
    if UPLOAD in of.handler.opt:
        form = msgspec.json.schema(of.takes)["$defs"][of.takes.__name__]
        form = form | {
            "title": f"{of.takes.__name__}WithFile",
            "properties": {"file": OCTETS, **form["properties"]},
            "required": ["file"],
        }
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    elif of.takes is not None:
        required = type(None) not in get_args(of.takes)
        operation["requestBody"] = {
            "required": required,
            "content": {"application/json": {"schema": _without_null(schemas[of.takes])}},
        }
    if of.method != "GET":
        _describe_command(operation)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a body that may be left out, which generated clients distinguish from null."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _describe_command(operation: dict[str, Any]) -> None:
    operation["parameters"].extend(_header(name, *about) for name, about in HEADERS.items())
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] = {"Kring-Position": POSITION, **({"Location": LOCATION} if status == "202" else {})}


def _describe_tag(operation: dict[str, Any]) -> None:
    about = "One or more `ETag`s of earlier answers: an unchanged answer is not sent again (304)."
    operation["parameters"].append(_header(IF_NONE_MATCH, about, str))
    operation["parameters"].append(_header(IF_MATCH, "One or more `ETag`s: any other answer is refused (412).", str))
    tag = {"ETag": _text("Identifies this content."), **CACHE_HEADERS}
    operation["responses"]["200"]["headers"] = {**tag, CONTENT_LANGUAGE: LANGUAGE}
    operation["responses"]["304"] = {
        "description": f"Not modified: its `ETag` is in `{IF_NONE_MATCH}`",
        "headers": tag,
    }


def _header(name: str, about: str, kind: Any) -> dict[str, Any]:
    schema = msgspec.json.schema(kind)
    return {"name": name, "in": "header", "required": False, "description": about, "schema": schema}


def _id_schema(name: str) -> dict[str, Any]:
    if name == "number":
        return {"type": "integer", "minimum": 1, "maximum": 100}
    if name == "position":
        return {"type": "integer", "minimum": 1, "maximum": MAX_POSITION}
    prefix = PREFIXES.get(name, name)
    if prefix is None:
        return {"type": "string", "minLength": 1}
    return {"type": "string", "pattern": f"^{prefix}_{SUFFIX}$"}


def _schema(kind: type) -> dict[str, Any]:
    """The schema of a sealed text: the text itself, or null if it cannot be opened any more."""
    if issubclass(kind, Sealed):
        return {"type": ["string", "null"], "description": "A sealed text; null if it was erased or withheld."}
    raise NotImplementedError(kind.__name__)


def operation_id(_: HTTPRouteHandler, method: Any, parts: list[str | PathParameterDefinition]) -> str:
    """A stable name for an operation: its method and path (`post_programmes_ballots`)."""
    words = [one.replace("-", "_").replace(".", "_") for one in parts if isinstance(one, str)]
    ends_in_id = ["one"] if parts and not isinstance(parts[-1], str) else []
    return "_".join([str(method.value if isinstance(method, HttpMethod) else method).lower(), *words[2:], *ends_in_id])
