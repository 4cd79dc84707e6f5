"""Logs of a process name types and locations of errors, never their messages."""

import logging
import subprocess
import sys
from collections.abc import Generator

import pytest
import structlog

from service.config import load
from service.process import start_logging

SECRET = "Jansen, j.jansen@example.org"  # what a person typed


@pytest.fixture(autouse=True)
def as_it_was() -> Generator[None]:
    """Isolate the logging configuration of each test."""
    root = logging.getLogger()
    handlers, level, excepthook = root.handlers[:], root.level, sys.excepthook
    yield
    sys.excepthook = excepthook
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def failing() -> None:
    raise ValueError(SECRET)


def test_our_errors_are_logged_by_type_and_location(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(load({}))
    try:
        failing()
    except ValueError:
        structlog.get_logger().exception("it_failed")
    stderr = capsys.readouterr().err
    assert '"error": "ValueError"' in stderr
    assert "test_process.py:" in stderr
    assert SECRET not in stderr


def test_library_errors_are_logged_by_type_and_location(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(load({}))
    try:
        failing()
    except ValueError as error:
        logging.getLogger("elsewhere").exception("job failed: %s", error)  # noqa: TRY401  as libraries do
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <%s>", SECRET)
    stderr = capsys.readouterr().err
    assert stderr.count('"level": "error"') == 2
    assert '"error": "ValueError"' in stderr
    assert "Task exception was never retrieved" in stderr
    assert SECRET not in stderr


ENDED = """
import sys
from service.config import load
from service.process import start_logging
start_logging(load({{}}))
raise {error}
"""


@pytest.mark.parametrize("error", ["ValueError(sys.argv[1])", "ExceptionGroup('tasks', [ValueError(sys.argv[1])])"])
def test_a_fatal_error_is_logged_by_type_and_location(error: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDED.format(error=error), SECRET],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert '"event": "process_failed"' in ended.stderr
    assert '"error": "ValueError"' in ended.stderr
    assert "Traceback" not in ended.stderr
    assert SECRET not in ended.stderr
