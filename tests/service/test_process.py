"""What a process logs: kinds and places of errors, never what they say."""

import logging
from collections.abc import Generator

import pytest
import structlog

from service.config import load
from service.up.process import start_logging

SECRET = "Jansen, j.jansen@example.org"  # what a person typed


@pytest.fixture(autouse=True)
def as_it_was() -> Generator[None]:
    """Logging of its own for each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def failing() -> None:
    raise ValueError(SECRET)


def test_an_error_of_ours_is_logged_by_kind_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(load({}))
    try:
        failing()
    except ValueError:
        structlog.get_logger().exception("it_failed")
    said = capsys.readouterr().err
    assert '"error": "ValueError"' in said
    assert "test_process.py:" in said
    assert SECRET not in said


def test_an_error_in_somebody_elses_library_is_logged_by_kind_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(load({}))
    try:
        failing()
    except ValueError as error:
        logging.getLogger("elsewhere").exception("job failed: %s", error)  # noqa: TRY401  as libraries do
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <%s>", SECRET)
    said = capsys.readouterr().err
    assert said.count('"level": "error"') == 2
    assert '"error": "ValueError"' in said
    assert "Task exception was never retrieved" in said
    assert SECRET not in said
