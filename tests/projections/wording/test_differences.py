"""What differs between two states: thing by thing, field by field, and in words."""

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
QUOTED, SHUT = "q" * 43, "s" * 43


def told(view: str, before: dict[str, Any], after: dict[str, Any], scope: str = PROGRAMME) -> list[str]:
    """The lines of what differs in one view, in English, without what stands above and below."""
    context = DifferenceContext(SentenceStyle("en", names_zone=False), NAMES, scope, {QUOTED})
    _, __, *lines, ___ = in_lines({view: differences(before, after)}, 3, 9, context)
    return [one.strip() for one in lines]


def fields(view: str, before: Struct, after: Struct) -> list[str]:
    """The lines of what differs in one thing."""
    return told(view, {TEAM: before}, {TEAM: after})[1:]


def row(kind: type[Any], **given: Any) -> Any:
    return replace(sample(kind, "row"), **given)


TEAM_OF = row(Team, id=TEAM, status="formed", members=(ANNA, BERT), former=())
CALLED_TEAM = "the CoP on “Waarom?”"


def test_what_is_as_it_was_is_not_told() -> None:
    assert differences({TEAM: TEAM_OF}, {TEAM: replace(TEAM_OF)}) == []
    context = DifferenceContext(SentenceStyle("en", names_zone=False), NAMES, PROGRAMME, ())
    assert list(in_lines({"teams": []}, 3, 9, context)) == ["Nothing differs between fact 3 and fact 9."]
    nl = context._replace(style=SentenceStyle("nl", names_zone=False))
    assert list(in_lines({"teams": []}, 3, 9, nl)) == ["Er verschilt niets tussen feit 3 en feit 9."]


def test_what_appeared_and_what_is_gone_are_told_with_their_status() -> None:
    assert told("teams", {}, {TEAM: TEAM_OF}) == [f"+ {CALLED_TEAM} (formed) · {TEAM}"]
    assert told("teams", {TEAM: TEAM_OF}, {}) == [f"− {CALLED_TEAM} (formed) · {TEAM}"]


def test_what_differs_stands_under_its_view_and_is_counted() -> None:
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


def test_a_field_is_told_from_what_it_was_to_what_it_is() -> None:
    assert told("teams", {TEAM: TEAM_OF}, {TEAM: replace(TEAM_OF, status="following_up", into=None)}) == [
        f"~ {CALLED_TEAM} · {TEAM}",
        "status: formed → following up",
        f"merged into: a CoP {TEAM_OF.into} → none",
    ]


def test_of_a_list_what_came_and_what_went_is_told() -> None:
    after = replace(TEAM_OF, members=(BERT, CORA), former=(ANNA,))
    assert fields("teams", TEAM_OF, after) == [
        "members: + Cora Vos; − Anna Bakker",
        "former: + Anna Bakker",
    ]


def test_a_list_that_holds_the_same_otherwise_is_told_in_its_order() -> None:
    before = row(Preferences, ranking=(CHALLENGE, OTHER))
    assert fields("preferences", before, replace(before, ranking=(OTHER, CHALLENGE))) == [
        "ranking: in another order: “Waarheen?”, “Waarom?”"
    ]


def test_what_a_list_holds_more_than_once_is_counted() -> None:
    before = row(Preferences, ranking=(CHALLENGE, CHALLENGE, OTHER))
    (found,) = differences({TEAM: before}, {TEAM: replace(before, ranking=(CHALLENGE, OTHER))})
    (change,) = found.changes
    assert isinstance(change, Relisted)
    assert (change.gone, change.added, change.order) == ((CHALLENGE,), (), ())


def came(person: PersonId, *, present: bool, reason: Words | None = None) -> Attendance:
    return Attendance(person, present, reason, corrected=False, reason_on_record=reason is not None, recorded_by=CORA)


def test_a_thing_in_a_list_is_compared_with_itself() -> None:
    before = row(Gathering, attendance=(came(ANNA, present=True), came(BERT, present=True)))
    after = replace(before, attendance=(came(BERT, present=False), came(CORA, present=True)))
    assert fields("gatherings", before, after) == [
        "attendance: + Cora Vos (present: yes, corrected: no, reason on record: no, recorded by: Cora Vos)",
        "attendance: − Anna Bakker (present: yes, corrected: no, reason on record: no, recorded by: Cora Vos)",
        "attendance > Bert Kok > present: yes → no",
    ]


def test_what_has_an_id_stays_the_same_thing_whatever_else_it_names() -> None:
    one: Expense = row(Expense, payer=ANNA, amount=Money(1250, Currency("EUR")), text=Words("Trein", digest=QUOTED))
    other = replace(one, payer=BERT, booking=None, amount=Money(1500, Currency("EUR")))
    before = row(Trip, expenses=(one,))
    assert fields("trips", before, replace(before, expenses=(other,))) == [
        "expenses > “Trein” > payer: Anna Bakker → Bert Kok",
        "expenses > “Trein” > amount: €12.50 → €15.00",
        f"expenses > “Trein” > booking: a booking {one.booking} → none",
    ]


def test_what_reads_alike_in_a_list_is_told_once() -> None:
    before = row(Gathering, techniques=())
    after = replace(before, techniques=(Words(digest=SHUT), Words(digest="o" * 43), Words("Wandelen.")))
    assert fields("gatherings", before, after) == ["techniques: + [not shown here] ×2, “Wandelen.”"]


def test_what_is_inside_is_told_by_the_way_to_it() -> None:
    part: Part = row(Part, part="answer", version=1, status="current", text=Words("Ja.", digest=QUOTED))
    before = row(Advice, parts=Parts(answer=part))
    after = replace(before, parts=Parts(answer=replace(part, version=2, text=Words("Nee.", digest="n" * 43))))
    assert fields("advice", before, after) == [
        "parts > answer > version: 1 → 2",
        "parts > answer > text: “Ja.” → “Nee.”",
    ]


def test_there_is_none_yet_and_there_are_none_read_the_same() -> None:
    before = row(Ballot, recusals=None)
    assert differences({TEAM: before}, {TEAM: replace(before, recusals=())}) == []


def test_two_moments_of_one_minute_are_told_apart() -> None:
    before = Paper(voter=ANNA, ballot=BallotId(sample_id("ballot", "b")), handed_in_at=AT, in_person=True, position=4)
    after = replace(before, handed_in_at=AT + timedelta(milliseconds=5))
    assert fields("papers", before, after) == ["handed in at: 12:00:00.000000 → 12:00:00.005000"]
    later = replace(before, handed_in_at=AT + timedelta(minutes=5))
    assert fields("papers", before, later) == ["handed in at: 12 October 2016, 12:00 → 12 October 2016, 12:05"]


# Texts


def wish(before: Words | None, after: Words | None) -> list[str]:
    one = row(Challenge, wish=before)
    return fields("challenges", one, replace(one, wish=after))


def test_texts_that_are_not_told_are_said_to_be_other_texts() -> None:
    assert wish(Words(digest=SHUT), Words(digest="o" * 43)) == ["wish: rewritten [not shown here]"]
    assert wish(None, Words(digest=SHUT)) == ["wish: none → [not shown here]"]


def test_a_text_that_would_be_told_and_cannot_be_opened_is_withheld() -> None:
    assert wish(Words("Was.", digest="o" * 43), Words(digest=QUOTED)) == ["wish: “Was.” → [withheld]"]
    assert wish(Words(digest=SHUT), Words(digest=QUOTED)) == ["wish: rewritten [withheld]"]


def test_a_text_that_was_typed_again_as_it_was_does_not_differ() -> None:
    before = row(Challenge, wish=Words("Zo.", digest=SHUT))
    assert differences({TEAM: before}, {TEAM: replace(before, wish=Words("Zo.", digest=QUOTED))}) == []


def test_of_long_texts_the_part_is_told_in_which_they_differ() -> None:
    same = "Zo begint het en zo gaat het door. " * 40
    assert wish(Words(f"{same}Toen de trein kwam."), Words(f"{same}Toen de bus kwam.")) == [
        "wish: “…gaat het door. Toen de trein kwam.” → “…gaat het door. Toen de bus kwam.”"
    ]
    assert wish(Words("Kort."), Words("Kort en goed.")) == ["wish: “Kort.” → “Kort en goed.”"]


# Bounds


def test_of_many_things_the_first_are_told_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference_sentences, "MAX_THINGS", 2)
    rows = {new_id("team"): TEAM_OF for _ in range(5)}
    *lines, more = told("teams", {}, rows)
    assert (len(lines), more) == (2, "… and 3 more")


def test_of_many_changes_and_of_a_long_list_likewise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference_sentences, "MAX_LINES", 1)
    monkeypatch.setattr(difference_sentences, "MAX_LISTED", 2)
    after = replace(TEAM_OF, status="active", members=(ANNA, BERT, CORA, PersonId(new_id("person"))), number=7)
    assert fields("teams", TEAM_OF, after) == ["number: 3 → 7", "… and 2 more"]
    monkeypatch.setattr(difference_sentences, "MAX_LINES", 9)
    many = replace(TEAM_OF, members=())
    crowd = replace(TEAM_OF, members=(ANNA, BERT, CORA))
    assert fields("teams", many, crowd) == ["members: + Anna Bakker, Bert Kok, and 1 more"]


def test_a_key_is_told_without_the_scope() -> None:
    ballot = BallotId(sample_id("ballot", "b"))
    paper = Paper(voter=ANNA, ballot=ballot, handed_in_at=AT, in_person=True, position=4)
    key = f"{ANNA}/{ballot}"
    assert told("papers", {}, {key: paper}, scope=ballot) == [f"+ Anna Bakker · {ANNA}"]
    assert told("papers", {}, {key: paper}) == [f"+ Anna Bakker · {key}"]


# Every view


SHOWN = [view for view in VIEWS if is_shown(view)]


def test_every_view_and_field_has_a_name_and_no_other() -> None:
    assert {view.name for view in SHOWN} == CALLED.keys()
    structs = structs_in(tuple[*(view.row for view in SHOWN)])
    assert {field for one in structs for field in one.__struct_fields__} == FIELDS.keys()


@pytest.mark.parametrize("view", SHOWN, ids=lambda one: one.name)
def test_of_any_two_rows_each_field_that_differs_is_told_in_words(view: Any) -> None:
    before, after = sample(view.row, "one"), sample(view.row, "other")
    (found,) = differences({TEAM: before}, {TEAM: after})
    assert {one.path[0] for one in found.changes} == {
        field for field in view.row.__struct_fields__ if getattr(before, field) != getattr(after, field)
    }
    lines = told(view.name, {TEAM: before}, {TEAM: after})[1:]
    assert len(lines) >= len(found.changes)
    assert not [one for one in lines if "Sealed" in one or "(…)" in one or "datetime" in one or "=" in one]


def structs_in(kind: Any) -> set[type[Struct]]:
    """The structs in a type, itself included."""
    structs, left = set[type[Struct]](), [kind]
    while left:
        one = left.pop()
        if isinstance(one, type) and issubclass(one, Struct) and one not in structs:
            structs.add(one)
            left += [hint for name, hint in get_type_hints(one).items() if name in one.__struct_fields__]
        else:
            left += get_args(one)
    return structs
