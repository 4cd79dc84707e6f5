"""A network that falls silent: connections stay open, and nothing arrives in either direction."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class SilentProxy:
    """A proxy between Kring and a server; `silence` swallows all traffic."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self._port = 0
        self._ends: list[asyncio.StreamWriter] = []
        self._silent: set[asyncio.StreamWriter] = set()
        self.swallowed = asyncio.Event()
        """Something was sent over a silent connection."""
        self._swallows_new = False

    @property
    def url(self) -> str:
        """URL of the server through this proxy."""
        who = self._server.netloc.rpartition("@")[0]
        return self._server._replace(netloc=f"{who}@127.0.0.1:{self._port}").geturl()

    def silence(self) -> None:
        """Drop all traffic, on open connections for good and on new ones until `mend`."""
        self._silent.update(self._ends)
        self._swallows_new = True

    def mend(self) -> None:
        """Forward the traffic of new connections."""
        self._swallows_new = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Accept connections while the body runs."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for end in self._ends:
                end.transport.abort()

    async def _serve(self, near_reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        far_reader, far = await asyncio.open_connection(self._server.hostname, self._server.port)
        ends = (near, far)
        self._ends += ends
        if self._swallows_new:
            self._silent.update(ends)
        with contextlib.suppress(ConnectionError):
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(near_reader, far))
                both.create_task(self._carry(far_reader, near))

    async def _carry(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if to in self._silent:
                    self.swallowed.set()
                    continue
                to.write(data)
                await to.drain()
        to.close()
