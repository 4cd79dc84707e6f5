"""Results whose voters can no longer be read (rule 9)."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from domain.ballots.recounting import recount
from domain.events.ballot import BallotCounted
from domain.foundation import Event, Sealed, Words
from projections.ballots import RESULTS
from projections.view import EventMetadata, fold_events
from service.reading.ballot_results import ShownResult, shown_result
from tests.domain.examples.board import BALLOT, CERTIFIED, COUNTED, ELECTORS, OPENED

T0 = datetime(2016, 10, 1, tzinfo=UTC)


def with_voters(voters: Words) -> list[Event]:
    """The events of the certified ballot, with these voters."""
    return [replace(one, voters=voters) if isinstance(one, BallotCounted) else one for one in CERTIFIED]


OPENABLE = with_voters(Words("\n".join(sorted(ELECTORS)), digest="v" * 43))
ERASED = with_voters(Words(digest="v" * 43))


def result(events: list[Event]) -> ShownResult:
    """The result as members of the programme see it."""
    history = [(one, EventMetadata(position, T0)) for position, one in enumerate(events, 1)]
    return shown_result(fold_events(RESULTS, history)[BALLOT], OPENED, with_voters=True, roll=None)


def test_rule_9_a_certified_result_stays_when_its_voters_become_unreadable() -> None:
    before, after = result(OPENABLE), result(ERASED)
    assert [one.voter for one in before.papers] == sorted(ELECTORS)
    assert after.status == "certified"
    assert after == replace(before, papers=tuple(replace(one, voter=None) for one in before.papers))


def test_rule_9_a_result_can_be_recounted_when_its_voters_are_unreadable() -> None:
    (counted,) = (one for one in ERASED if isinstance(one, BallotCounted))
    assert recount(OPENED, counted) == ()


@pytest.mark.parametrize("event", CERTIFIED[len(COUNTED) - 1 :], ids=lambda one: one.TOPIC)
def test_rule_9_the_voter_of_a_paper_appears_only_in_sealed_fields(event: Event) -> None:
    written = msgspec.json.encode(event, enc_hook=lambda one: one.digest if isinstance(one, Sealed) else None)
    assert [one for one in ELECTORS if one.encode() in written] == []
