"""Differences between two states, by row and field, and in words."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import (
    AnyId,
    BallotId,
    ChallengeId,
    Currency,
    Money,
    Personal,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
)
from projections.advice import Advice, Part, Parts
from projections.ballots import Ballot, Paper
from projections.challenges import Challenge
from projections.gatherings import Attendance, Gathering
from projections.teams import Preferences, Team
from projections.trips import Expense, Trip
from projections.wording import difference_sentences
from projections.wording.difference_sentences import DifferenceContext, in_lines
from projections.wording.differences import Relisted, differences
from projections.wording.field_names import FIELDS
from projections.wording.field_names import VIEWS as CALLED
from projections.wording.names import Name
from projections.wording.sentences import SentenceStyle
from service.clock_and_ids import new_id
from service.views import VIEWS
from tests.projections.wording.examples.shown_views import is_shown
from tests.samples import sample, sample_id

ANNA, BERT, CORA = (PersonId(sample_id("person", one)) for one in ("anna", "bert", "cora"))
TEAM, PROGRAMME = TeamId(sample_id("team", "zwolle")), ProgrammeId(sample_id("programme", "p"))
CHALLENGE, OTHER = (ChallengeId(sample_id("challenge", one)) for one in ("one", "other"))
NAMES: dict[str, Name] = {
    ANNA: Name(id=AnyId(ANNA), personal=Personal("Anna Bakker")),
    BERT: Name(id=AnyId(BERT), personal=Personal("Bert Kok")),
    CORA: Name(id=AnyId(CORA), personal=Personal("Cora Vos")),
    CHALLENGE: Name(id=AnyId(CHALLENGE), words=Words("Waarom?")),
    OTHER: Name(id=AnyId(OTHER), words=Words("Waarheen?")),
    TEAM: Name(id=AnyId(TEAM), number=1, of=AnyId(CHALLENGE)),
}
AT = datetime(2016, 10, 12, 10, 0, tzinfo=UTC)
QUOTED, NOT_QUOTED = "q" * 43, "s" * 43


def reported(view: str, before: dict[str, Any], after: dict[str, Any], scope: str = PROGRAMME) -> list[str]:
    """The lines about differences in one view, in English, without heading and total."""
    context = DifferenceContext(SentenceStyle("en", names_zone=False), NAMES, scope, {QUOTED})
    _, __, *lines, ___ = in_lines({view: differences(before, after)}, 3, 9, context)
    return [one.strip() for one in lines]


def fields(view: str, before: Struct, after: Struct) -> list[str]:
    """The lines about differences in one row."""
    return reported(view, {TEAM: before}, {TEAM: after})[1:]


def row(kind: type[Any], **given: Any) -> Any:
    return replace(sample(kind, "row"), **given)


TEAM_OF = row(Team, id=TEAM, status="formed", members=(ANNA, BERT), former=())
CALLED_TEAM = "the CoP on “Waarom?”"


def test_unchanged_rows_are_not_reported() -> None:
    assert differences({TEAM: TEAM_OF}, {TEAM: replace(TEAM_OF)}) == []
    context = DifferenceContext(SentenceStyle("en", names_zone=False), NAMES, PROGRAMME, ())
    assert list(in_lines({"teams": []}, 3, 9, context)) == ["Nothing differs between fact 3 and fact 9."]
    nl = context._replace(style=SentenceStyle("nl", names_zone=False))
    assert list(in_lines({"teams": []}, 3, 9, nl)) == ["Er verschilt niets tussen feit 3 en feit 9."]


def test_new_and_removed_rows_are_reported_with_their_status() -> None:
    assert reported("teams", {}, {TEAM: TEAM_OF}) == [f"+ {CALLED_TEAM} (formed) · {TEAM}"]
    assert reported("teams", {TEAM: TEAM_OF}, {}) == [f"− {CALLED_TEAM} (formed) · {TEAM}"]


def test_differences_are_grouped_by_view_and_counted() -> None:
    found = {
        "challenges": [],
        "teams": [
            *differences({TEAM: TEAM_OF}, {TEAM: replace(TEAM_OF, status="active")}),
            *differences({}, {ANNA: TEAM_OF, BERT: TEAM_OF}),
            *differences({CORA: TEAM_OF}, {}),
        ],
    }
    first, second, *_, last = in_lines(
        found, 3, 9, DifferenceContext(SentenceStyle("nl", names_zone=False), NAMES, PROGRAMME, ())
    )
    assert first == "Wat er verschilt tussen feit 3 en feit 9 (+ nieuw, − weg, ~ gewijzigd)"
    assert second == "CoP’s:"
    assert last == "2 nieuw, 1 weg, 1 gewijzigd."


def test_a_changed_field_is_reported_with_old_and_new_value() -> None:
    assert reported("teams", {TEAM: TEAM_OF}, {TEAM: replace(TEAM_OF, status="following_up", into=None)}) == [
        f"~ {CALLED_TEAM} · {TEAM}",
        "status: formed → following up",
        f"merged into: a CoP {TEAM_OF.into} → none",
    ]


def test_added_and_removed_items_of_a_list_are_reported() -> None:
    after = replace(TEAM_OF, members=(BERT, CORA), former=(ANNA,))
    assert fields("teams", TEAM_OF, after) == [
        "members: + Cora Vos; − Anna Bakker",
        "former: + Anna Bakker",
    ]


def test_a_reordered_list_is_reported_in_its_new_order() -> None:
    before = row(Preferences, ranking=(CHALLENGE, OTHER))
    assert fields("preferences", before, replace(before, ranking=(OTHER, CHALLENGE))) == [
        "ranking: in another order: “Waarheen?”, “Waarom?”"
    ]


def test_duplicates_in_a_list_are_counted() -> None:
    before = row(Preferences, ranking=(CHALLENGE, CHALLENGE, OTHER))
    (found,) = differences({TEAM: before}, {TEAM: replace(before, ranking=(CHALLENGE, OTHER))})
    (change,) = found.changes
    assert isinstance(change, Relisted)
    assert (change.gone, change.added, change.order) == ((CHALLENGE,), (), ())


def came(person: PersonId, *, present: bool, reason: Words | None = None) -> Attendance:
    return Attendance(person, present, reason, corrected=False, reason_on_record=reason is not None, recorded_by=CORA)


def test_an_item_in_a_list_is_compared_with_its_earlier_version() -> None:
    before = row(Gathering, attendance=(came(ANNA, present=True), came(BERT, present=True)))
    after = replace(before, attendance=(came(BERT, present=False), came(CORA, present=True)))
    assert fields("gatherings", before, after) == [
        "attendance: + Cora Vos (present: yes, corrected: no, reason on record: no, recorded by: Cora Vos)",
        "attendance: − Anna Bakker (present: yes, corrected: no, reason on record: no, recorded by: Cora Vos)",
        "attendance > Bert Kok > present: yes → no",
    ]


def test_an_item_with_an_id_is_matched_by_that_id() -> None:
    one: Expense = row(Expense, payer=ANNA, amount=Money(1250, Currency("EUR")), text=Words("Trein", digest=QUOTED))
    other = replace(one, payer=BERT, booking=None, amount=Money(1500, Currency("EUR")))
    before = row(Trip, expenses=(one,))
    assert fields("trips", before, replace(before, expenses=(other,))) == [
        "expenses > “Trein” > payer: Anna Bakker → Bert Kok",
        "expenses > “Trein” > amount: €12.50 → €15.00",
        f"expenses > “Trein” > booking: a booking {one.booking} → none",
    ]


def test_items_of_a_list_with_the_same_wording_are_reported_once() -> None:
    before = row(Gathering, techniques=())
    after = replace(before, techniques=(Words(digest=NOT_QUOTED), Words(digest="o" * 43), Words("Wandelen.")))
    assert fields("gatherings", before, after) == ["techniques: + [not shown here] ×2, “Wandelen.”"]


def test_a_nested_change_is_reported_with_its_path() -> None:
    part: Part = row(Part, part="answer", version=1, status="current", text=Words("Ja.", digest=QUOTED))
    before = row(Advice, parts=Parts(answer=part))
    after = replace(before, parts=Parts(answer=replace(part, version=2, text=Words("Nee.", digest="n" * 43))))
    assert fields("advice", before, after) == [
        "parts > answer > version: 1 → 2",
        "parts > answer > text: “Ja.” → “Nee.”",
    ]


def test_none_and_an_empty_list_are_equal() -> None:
    before = row(Ballot, recusals=None)
    assert differences({TEAM: before}, {TEAM: replace(before, recusals=())}) == []


def test_two_times_in_the_same_minute_are_distinguished() -> None:
    before = Paper(voter=ANNA, ballot=BallotId(sample_id("ballot", "b")), handed_in_at=AT, in_person=True, position=4)
    after = replace(before, handed_in_at=AT + timedelta(milliseconds=5))
    assert fields("papers", before, after) == ["handed in at: 12:00:00.000000 → 12:00:00.005000"]
    later = replace(before, handed_in_at=AT + timedelta(minutes=5))
    assert fields("papers", before, later) == ["handed in at: 12 October 2016, 12:00 → 12 October 2016, 12:05"]


# Texts


def wish(before: Words | None, after: Words | None) -> list[str]:
    one = row(Challenge, wish=before)
    return fields("challenges", one, replace(one, wish=after))


def test_texts_that_are_not_quoted_are_reported_as_rewritten() -> None:
    assert wish(Words(digest=NOT_QUOTED), Words(digest="o" * 43)) == ["wish: rewritten [not shown here]"]
    assert wish(None, Words(digest=NOT_QUOTED)) == ["wish: none → [not shown here]"]


def test_a_quotable_text_that_cannot_be_opened_is_withheld() -> None:
    assert wish(Words("Was.", digest="o" * 43), Words(digest=QUOTED)) == ["wish: “Was.” → [withheld]"]
    assert wish(Words(digest=NOT_QUOTED), Words(digest=QUOTED)) == ["wish: rewritten [withheld]"]


def test_a_text_typed_again_unchanged_is_not_a_difference() -> None:
    before = row(Challenge, wish=Words("Zo.", digest=NOT_QUOTED))
    assert differences({TEAM: before}, {TEAM: replace(before, wish=Words("Zo.", digest=QUOTED))}) == []


def test_only_the_differing_part_of_long_texts_is_reported() -> None:
    same = "Zo begint het en zo gaat het door. " * 40
    assert wish(Words(f"{same}Toen de trein kwam."), Words(f"{same}Toen de bus kwam.")) == [
        "wish: “…gaat het door. Toen de trein kwam.” → “…gaat het door. Toen de bus kwam.”"
    ]
    assert wish(Words("Kort."), Words("Kort en goed.")) == ["wish: “Kort.” → “Kort en goed.”"]


# Bounds


def test_only_the_first_of_many_rows_are_listed_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference_sentences, "MAX_THINGS", 2)
    rows = {new_id("team"): TEAM_OF for _ in range(5)}
    *lines, more = reported("teams", {}, rows)
    assert (len(lines), more) == (2, "… and 3 more")


def test_only_the_first_of_many_changes_or_list_items_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference_sentences, "MAX_LINES", 1)
    monkeypatch.setattr(difference_sentences, "MAX_LISTED", 2)
    after = replace(TEAM_OF, status="active", members=(ANNA, BERT, CORA, PersonId(new_id("person"))), number=7)
    assert fields("teams", TEAM_OF, after) == ["number: 3 → 7", "… and 2 more"]
    monkeypatch.setattr(difference_sentences, "MAX_LINES", 9)
    many = replace(TEAM_OF, members=())
    crowd = replace(TEAM_OF, members=(ANNA, BERT, CORA))
    assert fields("teams", many, crowd) == ["members: + Anna Bakker, Bert Kok, and 1 more"]


def test_a_key_is_shown_without_its_scope() -> None:
    ballot = BallotId(sample_id("ballot", "b"))
    paper = Paper(voter=ANNA, ballot=ballot, handed_in_at=AT, in_person=True, position=4)
    key = f"{ANNA}/{ballot}"
    assert reported("papers", {}, {key: paper}, scope=ballot) == [f"+ Anna Bakker · {ANNA}"]
    assert reported("papers", {}, {key: paper}) == [f"+ Anna Bakker · {key}"]


# Every view


SHOWN = [view for view in VIEWS if is_shown(view)]


def test_exactly_the_shown_views_and_fields_have_names() -> None:
    assert {view.name for view in SHOWN} == CALLED.keys()
    structs = structs_in(tuple[*(view.row for view in SHOWN)])
    assert {field for one in structs for field in one.__struct_fields__} == FIELDS.keys()


@pytest.mark.parametrize("view", SHOWN, ids=lambda one: one.name)
def test_every_differing_field_of_every_view_is_reported_in_words(view: Any) -> None:
    before, after = sample(view.row, "one"), sample(view.row, "other")
    (found,) = differences({TEAM: before}, {TEAM: after})
    assert {one.path[0] for one in found.changes} == {
        field for field in view.row.__struct_fields__ if getattr(before, field) != getattr(after, field)
    }
    lines = reported(view.name, {TEAM: before}, {TEAM: after})[1:]
    assert len(lines) >= len(found.changes)
    assert not [one for one in lines if "Sealed" in one or "(…)" in one or "datetime" in one or "=" in one]


def structs_in(kind: Any) -> set[type[Struct]]:
    """The structs in a type, including itself."""
    structs, left = set[type[Struct]](), [kind]
    while left:
        one = left.pop()
        if isinstance(one, type) and issubclass(one, Struct) and one not in structs:
            structs.add(one)
            left += [hint for name, hint in get_type_hints(one).items() if name in one.__struct_fields__]
        else:
            left += get_args(one)
    return structs
