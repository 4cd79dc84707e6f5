"""Hostile texts in the place of every text of the demo: scripts, direction marks, very long texts and words."""

import itertools
import re
from collections.abc import Callable
from typing import Any
from unicodedata import normalize

import pytest

from service.demo.client import Actor, Json

LINES = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u202egnippilf\u2066 \u202d{{ 7 * 7 }} %(name)s",
    "Langewoorden" * 14,
    "' onmouseover='alert(1)' \" autofocus onfocus=alert(1) x=\"",
    "ﷺ𒐫Z̷̧̛a̴̡l̸g̵o" + "\u0301" * 40,
)
PROSE = ("<iframe src=//evil.example></iframe>\n\n" + "x" * 300 + "\n" + "woord " * 3_200)[:19_900]
"""A text of nearly the longest allowed length."""
LONG_FIELDS = {"context", "text", "findings", "wish", "outcome"}
LINE_FIELDS = {"title", "name", "place", "theme", "destination", "who", "host", "supplier", "learnings", "summary"}
CODE_WORD = re.compile(r"[a-z_]+")
"""A choice of several, which a field of the same name may be elsewhere."""
EVERY_NTH_IS_LONG = 5
MAX_LINE = 100
"""Length of texts that may stand in fields of one line."""


def hostile_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demo send hostile texts instead of its own, and read its own again, by which it finds things.

    Lines stay different from each other.
    """
    lines, count, own = itertools.cycle(LINES), itertools.count(), dict[str, str]()
    original = Actor.send

    def hostile(text: str, field: str) -> str:
        if field not in LONG_FIELDS | LINE_FIELDS or CODE_WORD.fullmatch(text):
            return text
        if field in LONG_FIELDS and len(text) > MAX_LINE and next(count) % EVERY_NTH_IS_LONG == 0:
            return PROSE
        sent = normalize("NFC", f"{next(lines)} {next(count)}"[:200])
        own[sent] = text
        return sent

    async def send(self: Actor, method: str, path: str, body: Json | None = None, **options: Any) -> Json:
        answer = await original(self, method, path, _each(body, hostile), **options)
        return _each(answer, lambda text, _: own.get(normalize("NFC", text), text))

    monkeypatch.setattr(Actor, "send", send)


def _each(value: Any, change: Callable[[str, str], str], field: str = "") -> Any:
    """A JSON value with each text changed. `change`: of a text, in a field of this name."""
    match value:
        case dict():
            return {name: _each(one, change, name) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  any JSON
        case list():
            return [_each(one, change, field) for one in value]  # pyright: ignore[reportUnknownVariableType]  any JSON
        case str():
            return change(value, field)
        case _:
            return value
