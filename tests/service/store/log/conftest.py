"""Observation of the store's writers."""

import pytest

from service.store.log.log_head import BEGINNING, LogHead
from service.store.log.session import Session
from tests.service.store.log.examples.sessions import WriterSessions


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> WriterSessions:
    """Sessions of all writers that the test opens."""
    found, open_one = WriterSessions(), Session.open

    async def opened(url: str, call_timeout_s: float, log_id: str, head: LogHead = BEGINNING) -> Session:
        session = await open_one(url, call_timeout_s, log_id, head)
        found.opened.append((url, session))
        return session

    monkeypatch.setattr(Session, "open", opened)
    return found
