"""The HTTP server: uvicorn with limits on time and size, so that it needs no proxy in front to stay well.

uvicorn (0.54, httptools) bounds idle connections alone: a request whose head or body never ends is kept for ever, and a head of
any size. `LimitedProtocol` adds what is missing; decision 0038 says why it is a subclass and not another server.
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

BACKLOG: Final = 2048
GRACE_S: Final = 5
"""For answers under way when the service stops."""
LINGER_S: Final = 2.0
"""For a client that is refused to read why: what it still sends is thrown away."""
MIN_BYTES_PER_S: Final = 500
"""A body, or a client that reads an answer, may take longer as long as it is this fast (as in Apache's mod_reqtimeout)."""
MAX_FIELDS: Final = 100
MAX_PIPELINED: Final = 16
"""Requests that wait behind one that is being answered."""

BUSY: Final = 503
REASONS: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    BUSY: "Service Unavailable",
}


class Refused(Exception):
    """The parser is to stop: a head is too large, or too many requests wait for one that is being answered."""


class LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a deadline for whatever a client may keep others waiting for, and a bound on what is kept for it.

    At most one timer runs besides uvicorn's for idle connections. A request that comes in one piece starts none.
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
        """With which to refuse what the parser does not take."""
        self._running: RequestResponseCycle | None = None
        """The request that is with the application, or was last; others wait behind it (`pipeline`)."""
        self._in_head = False
        """A request has begun, and its head has not ended."""
        self._in_body = False
        """A head has ended, and its request has not."""
        self._head_bytes = 0
        self._piece_bytes = 0
        self._body_bytes = 0
        self._body_began = 0.0
        self._unsent = 0

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  as uvicorn's
        """Take a connection, or refuse one too many."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refused = True
            transport.write(_problem(BUSY))
            transport.close()
        else:
            self._start(self._limits.header_timeout_s, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers, which would keep the connection in memory, and tell the application.

        uvicorn tells the request that came last; where others wait behind it, the one that is being answered is another.
        """
        self._stop()
        self._stop_write_timer()
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Parse what came, and bound what is still to come."""
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
        """Whether a request is with the application: then the client waits for us, and nothing is late."""
        return self._running is not None and not self._running.response_complete

    # The parser

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field. Raises `Refused`."""
        if len(self.headers) >= MAX_FIELDS:
            self._status = 431
            raise Refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the application. Raises `Refused`."""
        if self._head_bytes + self._piece_bytes > self._limits.header_bytes:  # the piece may hold other things too
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > self._limits.header_bytes:
                self._status = 431
                raise Refused
        if len(self.pipeline) >= MAX_PIPELINED:
            raise Refused
        self._stop()
        self._in_head, self._in_body = False, True
        self._body_bytes, self._body_began = 0, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request has come whole."""
        self._in_body = False
        self._stop()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, and not for long where this one has not ended, or the next one has begun."""
        super().on_response_complete()
        if self.transport.is_closing() or not (self._in_body or self._in_head) or self._is_answering:
            return
        self._unset_keepalive_if_required()
        self._start(LINGER_S if self._in_body else self._limits.header_timeout_s, self._head_is_late)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's, of whose text nobody learns anything
        """Refuse what the parser, or one of the methods above, does not take."""
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
        """Wait for the next piece of a body; longer than one timeout in all only while it comes fast enough."""
        if self._is_answering:
            allowed = self._body_began + self._limits.body_timeout_s + self._body_bytes / MIN_BYTES_PER_S
            self._start(min(self._limits.body_timeout_s, allowed - self.loop.time()), self._body_is_late)
        elif self._timer is None:
            self._start(LINGER_S, self._head_is_late)

    def _body_is_late(self) -> None:
        self._timer = None
        if self.flow.read_paused:  # the application takes its time, not the client
            self._body_began = self.loop.time()
            self._start(self._limits.body_timeout_s, self._body_is_late)
        else:
            self._refuse(408)

    def pause_writing(self) -> None:
        """Wait for a client that does not read."""
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self._limits.body_timeout_s, self._writing_is_late)

    def resume_writing(self) -> None:
        """Go on."""
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
        """Answer with a problem (RFC 9457), unless another answer has begun, and hang up."""
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
        self._timer = self.loop.call_later(LINGER_S, self.transport.abort)


def _problem(status: int) -> bytes:
    title = REASONS[status]
    code = title.lower().replace(" ", "-")
    body = (
        f'{{"type":"urn:kring:problem:{code}","title":"{title}","status":{status},"detail":"{title}.","code":"{code}"}}'
    )
    again = "Retry-After: 1\r\n" if status == BUSY else ""
    head = f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{again}Connection: close\r\n\r\n{body}".encode()


class Server(uvicorn.Server):
    """uvicorn, on sockets whose dead peers the kernel notices."""

    def __init__(self, config: uvicorn.Config, limits: Limits) -> None:
        super().__init__(config)
        self._limits = limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        for server in self.servers:
            for one in server.sockets:
                with socket.socket(fileno=os.dup(one.fileno())) as listening:
                    _notice_dead_peers(listening, int(self._limits.idle_timeout_s))


def _notice_dead_peers(listening: socket.socket, seconds: int) -> None:
    """Let accepted connections, which inherit it, end when the other side does not acknowledge anything for so long."""
    if listening.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", seconds), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1000)


def server_of(app: Any, config: Config) -> Server:
    """The server of this application, as configured."""
    limits = config.limits
    protocol = cast("type[asyncio.Protocol]", partial(LimitedProtocol, limits=limits))
    return Server(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            backlog=BACKLOG,
            http=protocol,
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            timeout_keep_alive=round(limits.idle_timeout_s),
            timeout_graceful_shutdown=GRACE_S,
        ),
        limits,
    )
