"""A real mail server."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from aiosmtpd.smtp import SMTP

from tests.workers.mail.examples.mails import Letterbox


@pytest.fixture
async def letterbox() -> AsyncGenerator[tuple[Letterbox, str]]:
    """A real mail server, and its URL."""
    box = Letterbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    yield box, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
