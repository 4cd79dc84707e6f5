"""Hostile texts in the place of every text of the demo: scripts, direction marks, very long texts and words."""

import itertools
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
EVERY_NTH_IS_LONG = 5


def hostile_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demo send hostile texts instead of its own, and read its own again, by which it finds things.

    Lines stay different from each other.
    """
    lines, count, own = itertools.cycle(LINES), itertools.count(), dict[str, str]()
    original = Actor.send

    def line(value: str) -> str:
        sent = normalize("NFC", f"{next(lines)} {next(count)}"[:200])
        own[sent] = value
        return sent

    def as_sent(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: as_sent(one) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType]  any JSON
        if isinstance(value, list):
            return [as_sent(one) for one in value]  # pyright: ignore[reportUnknownVariableType]  any JSON
        return own.get(normalize("NFC", value), value) if isinstance(value, str) else value

    def hostile(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {name: hostile(one, name) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  any JSON
        if isinstance(value, list):
            return [hostile(one, field) for one in value]  # pyright: ignore[reportUnknownVariableType]  any JSON
        if isinstance(value, str) and field in LONG_FIELDS:
            return PROSE if next(count) % EVERY_NTH_IS_LONG == 0 else next(lines)
        if isinstance(value, str) and field in LINE_FIELDS:
            return line(value)
        return value

    async def send(self: Actor, method: str, path: str, body: Json | None = None, **options: Any) -> Json:
        return as_sent(await original(self, method, path, None if body is None else hostile(body), **options))

    monkeypatch.setattr(Actor, "send", send)
