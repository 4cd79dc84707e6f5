"""A proxy between a client and a real server that can fall silent: connections stay open, and nothing passes any more."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class SilentProxy:
    """Passes bytes both ways until it is `silent`; what comes then is swallowed."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.silent = False
        self.swallowed = asyncio.Event()
        self.listens_at = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one client."""
        try:
            there, back = await asyncio.open_connection(self.host, self.port)
        except BaseException:
            writer.close()
            raise
        pumps = [asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            back.close()
            writer.close()
            for one in pumps:
                one.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(1 << 16):
            if self.silent:
                self.swallowed.set()
                continue
            sink.write(data)
            await sink.drain()


@asynccontextmanager
async def silent_proxy(host: str, port: int) -> AsyncGenerator[SilentProxy]:
    """A proxy to this server, at a free port of this machine."""
    proxy, clients = SilentProxy(host, port), set[asyncio.Task[None]]()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.create_task(proxy.serve(reader, writer))
        clients.add(client)
        client.add_done_callback(clients.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    proxy.listens_at = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for one in list(clients):
            one.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
