"""Counting the queries of a page, which unlike its time do not vary."""

from typing import Any

import pytest

from service.store import database
from tests.service.pages.examples.visits import Visitor

METHODS = ("execute", "fetch", "fetchrow", "fetchval")


async def queries_of(visitor: Visitor, path: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of queries that a page takes from the pools; what runs in the background has connections of its own."""
    sent = list[str]()
    with monkeypatch.context() as patched:
        for name in METHODS:
            patched.setattr(database._Pool, name, _counting(getattr(database._Pool, name), sent))  # pyright: ignore[reportPrivateUsage]
        answer = await visitor.client.get(path)
    assert answer.status_code == 200, answer.text
    return len(sent)


def _counting(send: Any, sent: list[str]) -> Any:
    async def counted(self: Any, query: str, *args: Any, **options: Any) -> Any:
        sent.append(query)
        return await send(self, query, *args, **options)

    return counted
