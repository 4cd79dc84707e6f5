"""The OpenAPI document as client generators need it: unique names, formats, every header."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import pytest
from msgspec import inspect, json

from service.api.http.openapi import END_IN_JSON, document
from service.app import make_app
from service.config import load

Document = dict[str, Any]
COMMAND_HEADERS = {"Idempotency-Key", "Kring-Reason", "Kring-On-Behalf-Of", "If-Match", "If-None-Match"}


@pytest.fixture(scope="module")
def whole() -> Document:
    """The document, without a server."""
    return json.decode(json.encode(document(make_app(load({})))).replace(END_IN_JSON, b"$"))


def operations(whole: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def as_class(name: str) -> str:
    """Class name that generators derive from a name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def test_operation_and_schema_names_are_unique(whole: Document) -> None:
    ids = Counter(as_class(one["operationId"]) for _, _, one in operations(whole))
    assert [name for name, times in ids.items() if times > 1] == []
    inline = [one["title"] for _, _, operation in operations(whole) for one in titled(operation)]
    titles = Counter(as_class(one["title"]) for one in whole["components"]["schemas"].values())
    titles.update({as_class(one) for one in inline})
    assert len(titles) > 100
    assert [name for name, times in titles.items() if times > 1] == []


def titled(part: Any) -> Iterator[Document]:
    """Schemas with a title anywhere in a part of the document."""
    if isinstance(part, dict):
        found = cast("Document", part)
        if isinstance(found.get("title"), str):
            yield found
        yield from (one for value in found.values() for one in titled(value))
    elif isinstance(part, list):
        yield from (one for value in cast("list[Any]", part) for one in titled(value))


def test_every_time_field_has_the_date_time_format(whole: Document) -> None:
    names = {field for schema in whole["components"]["schemas"].values() for field in schema.get("properties", {})}
    moments = {one for one in names if one.endswith("_at")} | {"time", "occurredat", "answer_by"}
    assert len(moments) > 40
    wrong = [
        (name, field)
        for name, schema in whole["components"]["schemas"].items()
        for field, kind in schema.get("properties", {}).items()
        if field in moments and "date-time" not in {one.get("format") for one in (kind, *kind.get("anyOf", ()))}
    ]
    assert wrong == []


def test_other_text_fields_have_no_date_time_format(whole: Document) -> None:
    schemas = whole["components"]["schemas"]
    assert "format" not in schemas["Programme"]["properties"]["name"]
    assert schemas["Programme"]["properties"]["starts_on"]["anyOf"][0]["format"] == "date"
    assert isinstance(inspect.type_info(datetime), inspect.DateTimeType), "on which that rests"


def headers(operation: Document) -> set[str]:
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}


def test_every_request_header_is_declared(whole: Document) -> None:
    for method, path, operation in operations(whole):
        stated = headers(operation)
        assert "Accept-Language" in stated, path
        if method in {"post", "put"} and operation["tags"] != ["Not yet"]:
            assert stated >= COMMAND_HEADERS, path
        if "304" in operation["responses"]:
            assert stated >= {"If-Match", "If-None-Match"}, path
        names = Counter((one["in"], one["name"]) for one in operation["parameters"])
        assert max(names.values()) == 1, path


def test_every_response_header_is_declared(whole: Document) -> None:
    for method, path, operation in operations(whole):
        for status, answer in operation["responses"].items():
            if not status.startswith("2") or operation["tags"] == ["Not yet"]:
                continue
            if method in {"post", "put"}:
                assert "Kring-Position" in answer["headers"], path
                assert ("Location" in answer["headers"]) == (status == "202"), path
            elif "304" in operation["responses"]:
                assert {"ETag", "Cache-Control", "Vary", "Content-Language"} <= answer["headers"].keys(), path
    problems = whole["components"]["responses"]
    assert all("Content-Language" in one["headers"] for one in problems.values())
    assert "WWW-Authenticate" in problems["Problem401"]["headers"]
    assert "Allow" in problems["Problem405"]["headers"]
    assert all("Retry-After" in problems[f"Problem{status}"]["headers"] for status in (429, 503))


def test_an_optional_body_has_a_single_schema(whole: Document) -> None:
    """Generated clients send a value that JSON does not have if an optional body with several schemas is omitted."""
    bodies = [one["requestBody"] for _, _, one in operations(whole) if "requestBody" in one]
    optional = [one["content"]["application/json"]["schema"] for one in bodies if not one["required"]]
    assert len(optional) > 20
    assert [one for one in optional if "$ref" not in one] == []
