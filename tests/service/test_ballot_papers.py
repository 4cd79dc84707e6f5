"""A key that seals papers is shared by few of them and soon forgotten."""

import asyncio
import gc
from collections.abc import Callable
from contextvars import Context
from secrets import token_bytes

import pytest
from msgspec.structs import replace

from domain import base64url
from domain.events.ballot import BallotOpened
from domain.foundation import BallotId, Digest, PersonId
from service import ballot_papers
from service.ballot_papers import Envelopes
from service.sealing.papers import Envelope, Paper, new_receipt, open_paper, public_key
from tests.domain.examples.board import OPENED

PRIVATE = token_bytes(32)
PUBLIC = public_key(PRIVATE)
BALLOT, OTHER = BallotId("ballot_01m84mt5r8es5rc7sp6wjmjab6"), BallotId("ballot_01m84mt5r8es5rc7sp6wjmjab7")
ANNA = PersonId("person_01m84mt5r8es5rc7sp6wjmjab6")
KEY = Digest(base64url.encode(PUBLIC))
ENVELOPE = slice(80)
"""Part of a sealed paper that is its envelope."""


def opened(ballot: BallotId, key: Digest = KEY) -> BallotOpened:
    return replace(OPENED, ballot=ballot, ballot_key=key)


def seal(envelopes: Envelopes, ballot: BallotId = BALLOT) -> bytes:
    """A new paper of Anna's."""
    return envelopes.seal(opened(ballot), ANNA, Paper(new_receipt(), b"\x01"))


async def test_at_most_sixteen_papers_share_an_envelope() -> None:
    envelopes = Envelopes()
    sealed = [seal(envelopes) for _ in range(33)]
    shared = [[one[ENVELOPE] for one in part] for part in (sealed[:16], sealed[16:32], sealed[32:])]
    assert [len(set(part)) for part in shared] == [1, 1, 1]
    assert len({part[0] for part in shared}) == 3
    assert all(open_paper(PRIVATE, BALLOT, ANNA, one).choices == b"\x01" for one in sealed)


async def test_no_two_ballots_share_an_envelope() -> None:
    envelopes = Envelopes()
    first, other = seal(envelopes), seal(envelopes, OTHER)
    assert first[ENVELOPE] != other[ENVELOPE]
    assert open_paper(PRIVATE, OTHER, ANNA, other).choices == b"\x01"


async def test_a_new_ballot_key_gets_a_new_envelope() -> None:
    envelopes = Envelopes()
    seal(envelopes)
    private = token_bytes(32)
    other = opened(BALLOT, Digest(base64url.encode(public_key(private))))
    sealed = envelopes.seal(other, ANNA, Paper(new_receipt(), b"\x01"))
    assert open_paper(private, BALLOT, ANNA, sealed).choices == b"\x01"


class Timers:
    """Timers that envelopes set; those of the shared Kring on the same loop are passed through."""

    def __init__(self, envelopes: Envelopes, monkeypatch: pytest.MonkeyPatch) -> None:
        self.envelopes, loop = envelopes, asyncio.get_running_loop()
        self.handles: list[asyncio.TimerHandle] = []
        self.delays: list[float] = []
        self.fired = asyncio.Event()
        self._call_later = loop.call_later
        monkeypatch.setattr(loop, "call_later", self.call_later)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if getattr(callback, "__self__", None) is not self.envelopes:
            return self._call_later(delay, callback, *args, context=context)

        def fire() -> None:
            callback(*args)
            self.fired.set()

        handle = self._call_later(delay, fire, context=context)
        self.handles.append(handle)
        self.delays.append(delay)
        return handle


async def test_an_envelope_key_is_forgotten_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ballot_papers, "ENVELOPE_LIFETIME_S", 0.01)
    envelopes = Envelopes()
    with monkeypatch.context() as patched:
        timers = Timers(envelopes, patched)
        first = seal(envelopes)
        assert timers.delays == [0.01]
        assert seal(envelopes)[ENVELOPE] == first[ENVELOPE]
    async with asyncio.timeout(10):
        await timers.fired.wait()
    assert envelopes.current is None
    assert seal(envelopes)[ENVELOPE] != first[ENVELOPE]


def alive(envelope: bytes) -> bool:
    """Whether the key in this envelope is in memory."""
    kept = (one for one in gc.get_objects() if type(one) is Envelope)
    return any(one.seal(ANNA, Paper(new_receipt(), b""))[ENVELOPE] == envelope for one in kept)


async def test_no_reference_remains_to_a_key_that_sealed_its_last_paper() -> None:
    envelopes = Envelopes()
    first = seal(envelopes)[ENVELOPE]
    assert alive(first)
    for _ in range(15):
        assert seal(envelopes)[ENVELOPE] == first
    assert not alive(first)


async def test_no_reference_remains_to_the_key_of_the_previous_ballot() -> None:
    envelopes = Envelopes()
    first = seal(envelopes)[ENVELOPE]
    seal(envelopes, OTHER)
    assert not alive(first)


async def test_the_expiry_of_an_earlier_key_does_not_end_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    envelopes = Envelopes()
    timers = Timers(envelopes, monkeypatch)
    seal(envelopes)
    seal(envelopes, OTHER)
    assert [timer.cancelled() for timer in timers.handles] == [True, False]
