"""The drawing of a stakeholder map."""

from datetime import UTC, datetime
from itertools import combinations, pairwise

import pytest

from domain.events.stakeholders import Degree, Stance
from domain.foundation import Personal, ProgrammeId, StakeholderId, TeamId
from projections.research import Placement, Stakeholder
from service.pages.work.stakeholder_map import CELL_HEIGHT, CELL_WIDTH, Mark, change_of, label_of, marks_of, middle
from tests.domain.examples import team as t

AT = datetime(2016, 12, 16, tzinfo=UTC)


def stakeholder(number: int, *places: tuple[Degree, Degree, Stance], name: str = "Directie Bedrijven") -> Stakeholder:
    return Stakeholder(
        id=StakeholderId(t.id_of("stakeholder", number)),
        team=TeamId(t.TEAM),
        programme=ProgrammeId(t.PROGRAMME),
        name=Personal(name),
        organisation=None,
        placements=tuple(Placement(power, interest, stance, 2, AT) for power, interest, stance in places),
        identified_by="x",
    )


def drawn(count: int) -> list[Mark]:
    """The marks of this many stakeholders in one cell."""
    return marks_of([(number, stakeholder(number, (3, 3, 0))) for number in range(1, count + 1)])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 12])
def test_marks_that_share_a_cell_stay_in_it_and_apart(count: int) -> None:
    marks, centre = drawn(count), middle(3, 3)
    for one in marks:
        assert abs(one.x - centre.x) + one.radius <= CELL_WIDTH / 2
        assert abs(one.y - centre.y) + one.radius <= CELL_HEIGHT / 2
    for one, other in combinations(marks, 2):
        assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= (one.radius + other.radius) ** 2


def test_up_to_three_marks_in_a_cell_have_labels_on_lines_of_their_own() -> None:
    for count in (1, 2, 3):
        labels = [one.label.y for one in drawn(count)]
        assert all(later - before >= 18 for before, later in pairwise(labels))
    assert [one.lines for one in drawn(4)] == [()] * 4


def test_a_trail_goes_through_the_cells_of_earlier_placements() -> None:
    (mark,) = marks_of([(1, stakeholder(1, (1, 1, -2), (1, 1, -1), (3, 2, 0), (5, 5, 1)))])
    assert [one.stance for one in mark.trail] == [-1, 0]  # a change of stance alone is no movement on the map
    assert mark.trail[-1].path.endswith(f" {mark.x:g} {mark.y:g}")
    assert mark.trail[0].path.endswith(f" {mark.trail[1].x:g} {mark.trail[1].y:g}")
    assert mark.stance == 1


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Lectoraat", ("Lectoraat",)),
        ("Wethouder economie van de stad", ("Wethouder economie", "van de stad")),
        ("Eigenaar van de leegstaande drukkerij", ("Eigenaar van de", "leegstaande drukk…")),
        ("Hottentottententententoonstelling", ("Hottentottentente…",)),
        ("", ("",)),
    ],
)
def test_a_label_is_broken_between_words_and_cut(name: str, lines: tuple[str, ...]) -> None:
    assert label_of(name) == lines


def test_movement_is_counted_since_the_first_placement() -> None:
    change = change_of(
        [
            stakeholder(1, (1, 1, -1), (1, 1, 1)),
            stakeholder(2, (1, 1, 1), (1, 1, 2), (1, 1, 0)),
            stakeholder(3, (1, 1, -2)),
        ]
    )
    assert change == (1, 1, 1, 1, 1)
