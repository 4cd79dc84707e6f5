"""Logging and stopping, the same for every process of Kring."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from traceback import extract_tb
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
import uvloop
from structlog.typing import EventDict, WrappedLogger

from service.config import Config
from service.log_output import LogOutput

QUIET = ("httpx", "httpcore", "uvicorn.access")
"""Loggers of libraries that log the path of each request."""


def start_logging(config: Config) -> LogOutput:
    """Log to stderr from now on: readable on a terminal, else one JSON object per line.

    Errors are logged with their class and places, never with values. Logging never raises: see `LogOutput`.
    """
    output = LogOutput(sys.stderr)
    renderer = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(sort_keys=True)
    )
    shared = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), _places]
    sys.excepthook = _log_uncaught
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(config.log_level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", output)),
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_first_line, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=config.log_level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # nor may a record that cannot be formatted raise
    return output


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log the error that ends this process like any other, instead of printing a traceback with its message."""
    structlog.get_logger(__name__).critical("process_failed", exc_info=(kind, error, trace))


def _places(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and the lines that it passed, since its message may quote personal data."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info is True else info and info[1]
    if error:
        error = _first(error)
        event["error"] = type(error).__name__
        event["places"] = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    return event


def _first(error: BaseException) -> BaseException:
    """The error itself, or for a group the first one, whose task ended the others."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    return _first(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])


def _first_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Shorten a library's message to its first line; with an exception, to its format string."""
    record: logging.LogRecord = event["_record"]
    text = str(record.msg) if record.exc_info else str(event["event"])
    event["event"], event["logger"] = text.split("\n", 1)[0], record.name
    return event


def run(main: Coroutine[Any, Any, None], *, with_parent: bool) -> None:
    """Run `main` until it ends, or is cancelled by SIGINT or SIGTERM; `with_parent`, also when standard input ends."""
    uvloop.run(_until_stopped(main, with_parent=with_parent))


async def _until_stopped(main: Coroutine[Any, Any, None], *, with_parent: bool) -> None:
    task = asyncio.ensure_future(main)
    stop_on_signals(task.cancel)
    if with_parent:
        when_parent_ends(task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def stop_on_signals(stop: Callable[[], object]) -> None:
    """Call `stop` on SIGINT, SIGTERM, and SIGHUP unless that is ignored (nohup)."""
    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    for one in (signal.SIGINT, signal.SIGTERM, *hang_up):
        asyncio.get_running_loop().add_signal_handler(one, stop)


def when_parent_ends(stop: Callable[[], object]) -> None:
    """Call `stop` when standard input ends: the parent holds the other end, which the kernel closes however the parent ends."""
    loop, stdin = asyncio.get_running_loop(), sys.stdin.fileno()

    def readable() -> None:
        if not os.read(stdin, 1):
            loop.remove_reader(stdin)
            stop()

    loop.add_reader(stdin, readable)
