"""Every field of every request has bounds, and values outside of them are refused by field.

Names and titles have 1 to 200 characters in one line, texts 1 to 20 000, at least one of them legible (rule 30); lists have
at most 200 items; amounts are 0 to 10^15 minor units of a currency of ISO 4217, dates lie in 2000 to 2100, time zones are
those of IANA.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import httpx
import pytest

from tests.conftest import Api
from tests.service.api.examples.programme import made

Json = Any
Schema = dict[str, Any]
Path = tuple[str, ...]

SAMPLES = ("01m84mt5r8es5rc7sp6wjmjab6", "EUR", "a", "a@example.org")
"""One of these, an id with its prefix, matches any pattern."""
NOTHING_TO_READ = (" ", "\u200b", "\u00a0\u2003\u3000", "\u00ad\u2060\ufeff\u202e\u2066\u3164\ufe0f\U000e0020")
"""White space and invisible characters."""
OWN_BOUND: dict[tuple[str, Path], str] = {
    ("/api/v1/teams/{team}/sources", ("csl",)): "CSL-JSON of any form, 20 000 bytes of it as a whole",
}
"""Fields that the document leaves unbounded, and where they are bounded instead."""


class Field(NamedTuple):
    """A place in the bodies of an operation: each part of its path is a field, or `[]` for any item."""

    operation: str
    path: Path
    schema: Schema


class Document:
    """The OpenAPI document and what it states about request bodies."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole

    def bodies(self) -> Iterator[tuple[str, str, Schema]]:
        """Method, path and schema of each body that is JSON or a form."""
        for path, methods in self.whole["paths"].items():
            for method, operation in methods.items():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    yield method, path, content["schema"]

    def alternatives(self, schema: Schema) -> Iterator[Schema]:
        """Schemas that a place accepts, except null."""
        if "$ref" in schema:
            yield from self.alternatives(self.whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        elif "anyOf" in schema:
            for one in schema["anyOf"]:
                yield from self.alternatives(one)
        elif schema.get("type") != "null":
            yield schema

    def fields(self) -> Iterator[Field]:
        """Every place in every body."""
        for _, path, schema in self.bodies():
            yield from self._below(path, (), schema)

    def _below(self, operation: str, path: Path, schema: Schema) -> Iterator[Field]:
        for one in self.alternatives(schema):
            yield Field(operation, path, one)
            for name, inside in one.get("properties", {}).items():
                yield from self._below(operation, (*path, name), inside)
            for inside in (one.get("items"), one.get("additionalProperties")):
                if inside:
                    yield from self._below(operation, (*path, "[]"), inside)

    def valid(self, schema: Schema) -> Json:
        """A valid value of this schema, with all optional fields."""
        one = next(self.alternatives(schema))
        match one:
            case {"const": value} | {"enum": [value, *_]}:
                return value
            case {"type": "object", "properties": properties}:
                return {name: self.valid(inside) for name, inside in properties.items()}
            case {"type": "object"}:
                return dict(self._entries(one, 1))
            case {"type": "array", "items": items}:
                return [self.valid(items)] * one.get("minItems", 1)
            case {"type": "string"}:
                return _text(one)
            case {"type": "integer" | "number"}:
                return one.get("minimum", 0)
            case _:
                return True

    def broken(self, schema: Schema) -> Iterator[tuple[Path, Json]]:
        """Values that are valid except for one place out of bounds, each with the path to that place."""
        for one in self.alternatives(schema):
            for value in self._out_of_bounds(one):
                yield (), value
            for name, inside in one.get("properties", {}).items():
                for path, value in self.broken(inside):
                    yield (name, *path), {**self.valid(one), name: value}
            if one.get("type") == "array":
                for path, value in self.broken(one["items"]):
                    yield path, [value]

    def _out_of_bounds(self, schema: Schema) -> Iterator[Json]:
        match schema:
            case {"enum": _} | {"const": _}:
                yield "none of these"
            case {"type": "string", "format": "date"}:
                yield from ("1999-12-31", "2101-01-01")
            case {"type": "string", "format": "date-time"}:
                yield from ("1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z")
            case {"type": "string"}:
                yield from _bad_texts(schema)
            case {"type": "integer" | "number"}:
                yield from (schema["minimum"] - 1, schema["maximum"] + 1)
            case {"type": "array", "items": items}:
                yield [self.valid(items)] * (schema["maxItems"] + 1)
                if "minItems" in schema:
                    yield []
            case {"type": "object", "maxProperties": most}:
                yield dict(self._entries(schema, most + 1))
            case _:
                pass

    def _entries(self, schema: Schema, number: int) -> Iterator[tuple[str, Json]]:
        if inside := schema.get("additionalProperties"):
            prefix = _text({"type": "string", **schema["propertyNames"]}).partition("_")[0]
            yield from islice(((f"{prefix}_{n:026}", self.valid(inside)) for n in range(number)), number)


def _bad_texts(schema: Schema) -> Iterator[str]:
    yield from ("", "\x00", *NOTHING_TO_READ)
    if "pattern" in schema:
        yield from ("\n", "a\x85b", "a\u2028b", "a\u2029b")
    if "maxLength" in schema:
        yield _text(schema).rjust(schema["maxLength"] + 1, "a")


def _text(schema: Schema) -> str:
    """A text of this format."""
    match schema.get("format"), schema.get("pattern"):
        case "date", _:
            return "2026-01-01"
        case "date-time", _:
            return "2026-01-01T00:00:00Z"
        case _, None:
            return "a"
        case _, pattern:
            prefix = "note_" if pattern.startswith("^[a-z_]{") else re.split(r"[\[\\(]", pattern.removeprefix("^"))[0]
            return next(one for one in (*SAMPLES, prefix + SAMPLES[0]) if re.search(pattern, one))


@pytest.fixture
async def document(api: Api) -> Document:
    """The document as a client fetches it."""
    async with httpx.AsyncClient() as anyone:
        return Document(made(await anyone.get(f"{api.url}/api/v1/openapi.json"), 200))


def bounded(schema: Schema) -> bool:
    """Whether a schema has an upper bound of length, number or count, and the lower one where there is one."""
    match schema:
        case {"enum": _} | {"const": _} | {"type": "boolean"} | {"format": "date" | "date-time" | "binary"}:
            return True
        case {"type": "string"}:
            quantifiers = re.sub(r"\[[^]]*\]", "", schema.get("pattern", "*"))
            return "maxLength" in schema or not re.search(r"[+*]|,\}", quantifiers)
        case {"type": "integer" | "number"}:
            return {"minimum", "maximum"} <= schema.keys()
        case {"type": "array"}:
            return schema.get("maxItems", 201) <= 200
        case {"type": "object"}:
            return "properties" in schema or schema.get("maxProperties", 201) <= 200
        case _:
            return False


async def test_every_field_of_a_request_is_bounded(document: Document) -> None:
    unbounded = {(one.operation, one.path) for one in document.fields() if not bounded(one.schema)}
    assert unbounded == set(OWN_BOUND)


async def test_fields_of_one_kind_have_the_same_bounds_everywhere(document: Document) -> None:
    lengths: dict[str, set[tuple[int, int]]] = {}
    for one in document.fields():
        if "maxLength" in one.schema:
            lengths.setdefault(one.path[-1], set()).add((one.schema.get("minLength", 0), one.schema["maxLength"]))
    assert [lengths[name] for name in ("name", "title", "edition", "theme")] == [{(1, 200)}] * 4
    assert lengths["reason"] == {(1, 20_000)}
    assert lengths["short_title"] == {(1, 40)}
    others = {bound for name, bounds in lengths.items() if name != "short_title" for bound in bounds}
    assert others == {(1, 200), (1, 20_000), (3, 254), (1, 64)}
    amounts = [one.schema for one in document.fields() if one.path[-1:] == ("amount_minor",)]
    assert amounts
    assert {(one["minimum"], one["maximum"]) for one in amounts} == {(0, 10**15)}


async def test_out_of_bounds_values_are_refused_by_field(api: Api, document: Document) -> None:
    manager = await api.as_("manager")
    before, strange, tried = await api.kring.log.head(), list[str](), set[str]()
    for method, path, schema in document.bodies():
        if "file" in next(document.alternatives(schema)).get("properties", {}):
            continue  # a form: `test_files.py`
        url = path.replace("{position}", "1")
        url = re.sub(r"\{(\w+)\}", lambda found: f"{found[1]}_{SAMPLES[0]}", url).removeprefix("/api/v1")
        for place, body in document.broken(schema):
            answer = await manager.request(method, url, json=body)
            content = answer.json()
            named = "".join(one["field"] for one in content.get("errors", []))
            tried.add(f"{method} {path}")
            if answer.status_code != 422 or not all(part in named for part in place):
                strange.append(
                    f"{method} {path} {'.'.join(place)}: {answer.status_code} {content.get('detail')} {named}"
                )
    assert strange == []
    assert len(tried) >= 98
    assert await api.kring.log.head() == before
