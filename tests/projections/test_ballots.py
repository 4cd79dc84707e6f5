"""The views of ballots, results, recusals and papers."""

from datetime import UTC, datetime

from msgspec.structs import replace

from domain.calculations import counting
from domain.events.ballot import RecusalDeclared
from domain.foundation import BallotId, Event
from projections.ballots import BALLOTS, PAPERS, RECUSALS, RESULTS, RecusedFrom
from projections.view import EventMetadata, fold_events
from tests.domain.examples.ballot import (
    ANNA,
    BALLOT,
    BERT,
    CARE,
    CERTIFIED,
    COUNTED,
    ENERGY,
    OPENED,
    PROGRAMME,
    VOIDED,
    closed,
    voted,
)

AGAIN = BallotId("ballot_2")
RERUN = replace(OPENED, ballot=AGAIN, rerun_of=BALLOT)
T0 = datetime(2016, 10, 1, tzinfo=UTC)


def dated(*events: Event) -> list[tuple[Event, EventMetadata]]:
    return [(event, EventMetadata(position, T0)) for position, event in enumerate(events, 1)]


def recused(name: str) -> RecusalDeclared:
    challenge = {"care": CARE, "energy": ENERGY}[name]
    return RecusalDeclared(ballot=BALLOT, programme=PROGRAMME, elector=ANNA, challenge=challenge)


def test_a_void_ballot_and_its_rerun_name_each_other() -> None:
    rows = fold_events(BALLOTS, dated(OPENED, VOIDED, RERUN))
    assert (rows[BALLOT].status, rows[BALLOT].rerun, rows[BALLOT].rerun_of) == ("void", AGAIN, None)
    assert (rows[AGAIN].status, rows[AGAIN].rerun, rows[AGAIN].rerun_of) == ("open", None, BALLOT)


def test_the_row_of_a_void_ballot_follows_from_events_with_its_own_tag() -> None:
    events = [one for one in dated(OPENED, VOIDED, RERUN) if BALLOT in one[0].tags()]
    assert fold_events(BALLOTS, events, only=(BALLOT,)) == {
        BALLOT: fold_events(BALLOTS, dated(OPENED, VOIDED, RERUN))[BALLOT]
    }


def test_rule_5_the_number_of_recusals_is_shown_only_after_the_count() -> None:
    counted = replace(COUNTED, recusals=(counting.Tally(CARE, 2),))
    before = fold_events(BALLOTS, dated(OPENED, recused("care"), closed()))[BALLOT]
    assert (before.status, before.recusals) == ("closed", None)
    after = fold_events(BALLOTS, dated(OPENED, recused("care"), closed(), counted, CERTIFIED))[BALLOT]
    assert (after.status, after.recusals) == ("certified", (RecusedFrom(CARE, 2),))
    assert fold_events(RESULTS, dated(OPENED, closed(), counted))[BALLOT].recusals == (RecusedFrom(CARE, 2),)


def test_the_recusals_of_an_elector_are_one_row() -> None:
    rows = fold_events(RECUSALS, dated(OPENED, recused("care"), recused("energy")))
    assert {key: row.challenges for key, row in rows.items()} == {f"{ANNA}/{BALLOT}": (CARE, ENERGY)}


def test_a_result_is_certified_or_void_with_its_ballot() -> None:
    assert fold_events(RESULTS, dated(OPENED, closed(), COUNTED, CERTIFIED))[BALLOT].status == "certified"
    assert fold_events(RESULTS, dated(OPENED, closed(), COUNTED, VOIDED))[BALLOT].status == "void"
    assert fold_events(RESULTS, dated(OPENED, VOIDED)) == {}


def test_a_result_says_that_its_papers_stay_closed() -> None:
    assert fold_events(RESULTS, dated(replace(COUNTED, stays_closed=True)))[BALLOT].stays_closed


def test_rule_3_a_voter_has_one_row_with_the_latest_paper() -> None:
    rows = fold_events(PAPERS, dated(OPENED, voted(ANNA, own=False), voted(BERT), voted(ANNA)))
    assert {key: (row.position, row.in_person) for key, row in rows.items()} == {
        f"{ANNA}/{BALLOT}": (4, True),
        f"{BERT}/{BALLOT}": (3, True),
    }
