"""The documentation of the API as a page, from the OpenAPI document. The usual viewers would load code from other sites."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Litestar, Request, Response, get
from msgspec import Struct

from service.api.http.openapi import document
from service.pages.frame.rendering import page

METHODS = ("get", "post", "put", "delete")
OTHER, LAST = "Other", "Not yet"


class Operation(Struct, frozen=True):
    """An operation of the API. `takes` and `gives`: names of schemas, or None."""

    id: str
    method: str
    path: str
    summary: str
    built: bool
    parameters: list[dict[str, Any]]
    takes: str | None
    gives: str | None


@get("/api/v1/docs", include_in_schema=False)
async def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """Show every operation with its input and output."""
    state = request.app.state
    if "documentation" not in state:
        state.documentation = _laid_out(request.app)
    subjects, schemas = state.documentation
    return page("docs.html", "en", {"subjects": subjects, "schemas": schemas})


def _laid_out(app: Litestar) -> tuple[dict[str, list[Operation]], dict[str, str]]:
    """Operations by subject, and schemas as JSON."""
    openapi = document(app)
    subjects: dict[str, list[Operation]] = {}
    for subject, operation in _operations(openapi):
        subjects.setdefault(subject, []).append(operation)
    schemas: Mapping[str, Any] = openapi["components"]["schemas"]
    shown = {name: json.dumps(schema, indent=2, ensure_ascii=False) for name, schema in sorted(schemas.items())}
    return dict(sorted(subjects.items(), key=lambda item: (item[0] == LAST, item[0]))), shown


def _operations(openapi: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in sorted(openapi["paths"].items()):
        for method in METHODS:
            if (one := methods.get(method)) is None:
                continue
            nothing: Mapping[str, Any] = {}
            good = next((answer for status, answer in one["responses"].items() if status.startswith("2")), nothing)
            yield (
                (one.get("tags") or [OTHER])[0],
                Operation(
                    id=one["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=one.get("summary") or "",
                    built=bool(good),
                    parameters=[one for one in one.get("parameters", []) if one["in"] != "header"],
                    takes=_schema(one.get("requestBody", {})),
                    gives=_schema(good),
                ),
            )


def _schema(body: Mapping[str, Any]) -> str | None:
    """The name of a body's schema, or None."""
    schema: Mapping[str, Any] = body.get("content", {}).get("application/json", {}).get("schema", {})
    alternatives: list[Mapping[str, Any]] = [schema, *schema.get("anyOf", [])]
    return next((str(one["$ref"]).rsplit("/", 1)[-1] for one in alternatives if "$ref" in one), None)
