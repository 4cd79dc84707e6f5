"""The HTTP server: uvicorn with limits on time and size, so that it is safe without a proxy in front.

uvicorn (0.54, httptools) limits only idle connections: it waits for ever for the rest of a request, and accepts a head of any
size. `LimitedProtocol` adds the missing limits; decision 0038 says why it is a subclass and not another server.
"""

import asyncio
import os
import socket
from functools import partial
from typing import Any, Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from service.config import Config, Limits

MAX_PENDING_CONNECTIONS: Final = 2048
SHUTDOWN_TIMEOUT_S: Final = 5
"""For running requests when the service stops."""
LINGER_TIMEOUT_S: Final = 2.0
"""For a refused client to read the answer; what it still sends is discarded."""
MIN_BYTES_PER_S: Final = 500
"""Clients that send a body or read an answer at least this fast get more time (as in Apache's mod_reqtimeout)."""
MAX_HEADER_FIELDS: Final = 100
MAX_PIPELINED_REQUESTS: Final = 16
"""Requests that wait behind the one that is being answered."""

BUSY: Final = 503
REASONS: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    BUSY: "Service Unavailable",
}


class Refused(Exception):
    """Stops the parser: a head is too large, or too many requests are pipelined."""


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a deadline for everything that a client sends or reads, and limits on what is buffered for it.

    At most one timer runs besides uvicorn's for idle connections. A request that arrives in one piece starts none.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._refused = False
        self._status = 400
        """The status for requests that the parser rejects."""
        self._running: RequestResponseCycle | None = None
        """The current or last request in the application; others wait behind it (`pipeline`)."""
        self._in_head = False
        """A request has begun, and its head has not ended."""
        self._in_body = False
        """A head has ended, and its body has not."""
        self._head_bytes = 0
        self._piece_bytes = 0
        self._body_bytes = 0
        self._body_began = 0.0
        self._unsent = 0

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  as uvicorn's
        """Accept a connection, or refuse it if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refused = True
            transport.write(_problem(BUSY))
            transport.close()
        else:
            self._start(self._limits.header_timeout_s, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers, which would keep the connection in memory, and notify the application.

        uvicorn notifies the request that was received last; with pipelined requests, the one being answered is an earlier one.
        """
        self._stop()
        self._stop_write_timer()
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Parse data, and start or extend the deadline for the rest of the request."""
        if self._refused:
            return
        self._piece_bytes = len(data)
        super().data_received(data)
        if self._refused or self.transport.is_closing():
            return
        if self._in_body:
            self._body_bytes += len(data)
            self._await_body()
        elif self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.header_bytes:
                self._refuse(431)
            elif self._timer is None and not self._is_answering:
                self._start(self._limits.header_timeout_s, self._head_is_late)
        elif self._timer is None and not self._is_answering:  # line ends between requests stopped uvicorn's timer
            self._start(self._limits.header_timeout_s, self._head_is_late)

    @property
    def _is_answering(self) -> bool:
        """Whether the application is answering a request, so that the client waits for us."""
        return self._running is not None and not self._running.response_complete

    # The parser

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Accept a header field. Raises `Refused`."""
        if len(self.headers) >= MAX_HEADER_FIELDS:
            self._status = 431
            raise Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Pass the request to the application. Raises `Refused`."""
        if self._head_bytes + self._piece_bytes > self._limits.header_bytes:  # the piece may contain more than the head
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self._limits.header_bytes:
                self._status = 431
                raise Refused
        if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
            raise Refused
        self._stop()
        self._in_head, self._in_body = False, True
        self._body_bytes, self._body_began = 0, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        self._in_body = False
        self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start a deadline if this request is still being sent, or the next one has begun."""
        super().on_response_complete()
        if self.transport.is_closing() or not (self._in_body or self._in_head) or self._is_answering:
            return
        self._unset_keepalive_if_required()
        self._start(LINGER_TIMEOUT_S if self._in_body else self._limits.header_timeout_s, self._head_is_late)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's text says little
        """Refuse a request that the parser, or one of the methods above, rejects."""
        self._refuse(self._status)

    # Deadlines

    def _start(self, seconds: float, late: Any) -> None:
        self._stop()
        self._timer = self.loop.call_later(seconds, late)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_is_late(self) -> None:
        self._timer = None
        if self._in_head:
            self._refuse(408)
        else:
            self.transport.close()

    def _await_body(self) -> None:
        """Set the deadline for the next part of a body. The whole body may take more than one timeout if it is fast enough."""
        if self._is_answering:
            allowed = self._body_began + self._limits.body_timeout_s + self._body_bytes / MIN_BYTES_PER_S
            self._start(min(self._limits.body_timeout_s, allowed - self.loop.time()), self._body_is_late)
        elif self._timer is None:
            self._start(LINGER_TIMEOUT_S, self._head_is_late)

    def _body_is_late(self) -> None:
        self._timer = None
        if self.flow.read_paused:  # the application is slow, not the client
            self._body_began = self.loop.time()
            self._start(self._limits.body_timeout_s, self._body_is_late)
        else:
            self._refuse(408)

    def pause_writing(self) -> None:
        """Start a deadline for a client that does not read."""
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self._limits.body_timeout_s, self._writing_is_late)

    def resume_writing(self) -> None:
        """Continue after the client has read."""
        self._stop_write_timer()
        super().resume_writing()

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def _writing_is_late(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if self._unsent - unsent < MIN_BYTES_PER_S * self._limits.body_timeout_s:
            self.transport.abort()
            return
        self._unsent = unsent
        self._write_timer = self.loop.call_later(self._limits.body_timeout_s, self._writing_is_late)

    # Refusals

    def _refuse(self, status: int) -> None:
        """Answer with a problem (RFC 9457), unless another answer has begun, and close the connection."""
        self._refused = True
        self._stop()
        self._unset_keepalive_if_required()
        if self._running is not None and self._is_answering:
            begun = self._running.response_started or self._in_head or bool(self.pipeline)
            self._running.disconnected = True
            self._running.message_event.set()
            if begun:
                self.transport.abort()
                return
        self.transport.write(_problem(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._timer = self.loop.call_later(LINGER_TIMEOUT_S, self.transport.abort)


def _problem(status: int) -> bytes:
    title = REASONS[status]
    code = title.lower().replace(" ", "-")
    body = (
        f'{{"type":"urn:kring:problem:{code}","title":"{title}","status":{status},"detail":"{title}.","code":"{code}"}}'
    )
    retry_after = "Retry-After: 1\r\n" if status == BUSY else ""
    head = f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{retry_after}Connection: close\r\n\r\n{body}".encode()


class Server(uvicorn.Server):
    """uvicorn, with sockets on which the kernel detects dead peers."""

    def __init__(self, config: uvicorn.Config, limits: Limits) -> None:
        super().__init__(config)
        self._limits = limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        for server in self.servers:
            for one in server.sockets:
                with socket.socket(fileno=os.dup(one.fileno())) as listening:
                    _detect_dead_peers(listening, int(self._limits.idle_timeout_s))


def _detect_dead_peers(listening: socket.socket, timeout_s: int) -> None:
    """Close accepted connections, which inherit these options, if the peer acknowledges nothing for this time."""
    if listening.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", timeout_s), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_s * 1000)


def server_of(app: Any, config: Config) -> Server:
    """The configured server of this application."""
    limits = config.limits
    protocol = cast("type[asyncio.Protocol]", partial(LimitedProtocol, limits=limits))
    return Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            backlog=MAX_PENDING_CONNECTIONS,
            http=protocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            timeout_keep_alive=round(limits.idle_timeout_s),
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
        ),
        limits,
    )
