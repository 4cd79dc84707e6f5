"""The recount in a browser: equal to the service on every ballot, and not fooled by a wrong result."""

import json
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Page

from domain.ballots.recounting import recount
from domain.calculations.counting import RULES, Draw, Tally
from domain.calculations.counting.stv import MAX_DENOMINATOR
from domain.events.ballot import BallotCounted
from tests.browser import errors_of
from tests.domain.calculations.counting.examples.profiles import profiles
from tests.service.pages.examples.recounting import Counted, Result, counted_ballot, recounted

STEPS = ("selected", "tallies", "trace", "stages")


def require_equal(results: list[Result], found: list[dict[str, Any]]) -> None:
    """Require that each recount fits its result, and has the same steps."""
    assert len(results) == len(found)
    for result, again in zip(results, found, strict=True):
        assert (again["outcome"], again["differences"], again["passed_on"]) == ("fits", [], []), result
        assert [again[part] for part in STEPS] == [result[part] for part in STEPS]


# Equal to the service


@pytest.mark.parametrize("rule", ["equal_shares", "approval", "stv"])
async def test_a_browser_counts_every_profile_as_the_service_does(page: Page, rule: str) -> None:
    errors = errors_of(page.context)
    given = [counted_ballot(f"{rule}/1", one.choices(), one.challenges, one.seats).result() for one in profiles(rule)]
    require_equal(given, await recounted(page, given))
    assert errors == []


def chance_ballot(chance: Random, rule: str) -> Counted:
    """A small ballot with many ties, some organisations and struck challenges, blank papers and perhaps trackers."""
    on_ballot = [f"challenge_{number}" for number in range(chance.randint(2, 8))]
    choices = [
        chance.sample(on_ballot, chance.choice([0, 1, 1, 2, 3]) % (len(on_ballot) + 1))
        for _ in range(chance.randint(0, 14))
    ]
    trackers = sorted(f"{chance.getrandbits(40):010x}" for _ in choices) if chance.random() < 0.5 else ()
    return counted_ballot(
        rule,
        choices,
        on_ballot,
        chance.randint(1, 9),
        seed=chance.randbytes(32),
        organisations={one: chance.choice(["bank", "clinic"]) for one in on_ballot if chance.random() < 0.7},
        struck=[one for one in on_ballot if chance.random() < 0.2],
        trackers=trackers,
    )


@pytest.mark.parametrize("rule", sorted(RULES))
async def test_rules_6_and_22_a_browser_breaks_ties_and_strikes_as_the_service_does(page: Page, rule: str) -> None:
    chance = Random(16)
    ballots = [chance_ballot(chance, rule) for _ in range(400)]
    given = [one.result() for one in ballots]
    require_equal(given, await recounted(page, given))
    draws = [draw for one in ballots for draw in draws_of(one)]
    assert {draw.by for draw in draws} == {"organisations", "seed"}
    assert len(draws) > 100
    assert sum(bool(one.counted.struck) for one in ballots) > 100
    assert sum(not one.counted.selected for one in ballots) > 5


def draws_of(ballot: Counted) -> list[Draw]:
    counted = ballot.counted
    return [
        *(one.draw for one in counted.trace if one.draw),
        *(draw for stage in counted.stages for draw in stage.draws),
    ]


TIMED = """
async (result) => {
  const { recount } = await import("/recount/recount.js");
  const given = JSON.parse(result), start = performance.now();
  const found = await recount(given);
  return [found.outcome, performance.now() - start];
}
"""


@pytest.mark.parametrize("rule", sorted(RULES))
async def test_a_browser_counts_400_papers_on_40_challenges_within_a_second(page: Page, rule: str) -> None:
    chance, on_ballot = Random(40), [f"challenge_{number:02}" for number in range(40)]
    await recounted(page, [])
    for seats in (4, 12, 39):
        choices = [chance.sample(on_ballot, 40 if rule == "stv/1" else chance.randint(1, 20)) for _ in range(400)]
        result = counted_ballot(rule, choices, on_ballot, seats).result()
        outcome, milliseconds = await page.evaluate(TIMED, json.dumps(result))
        assert outcome == "fits"
        assert milliseconds < 1000
        values = [Fraction(one["value"]) for stage in result["stages"] for one in stage["transfers"]]
        assert (max((one.denominator for one in values), default=0) == MAX_DENOMINATOR) == (
            rule == "stv/1" and seats > 4
        )


# Wrong results


def with_first_paper(counted: BallotCounted, *approvals: str) -> object:
    """The papers, the first with these choices."""
    first, *rest = counted.papers
    return (replace(first, approvals=approvals), *rest)


def with_a_tally(counted: BallotCounted, approvals: int) -> object:
    """The tallies, the first with this number."""
    first, *rest = counted.tallies
    return (replace(first, approvals=approvals), *rest)


TAMPERED: dict[str, dict[str, Callable[[BallotCounted], object]]] = {
    "another challenge is selected": {"selected": lambda _: ("A", "C")},
    "the order differs": {"selected": lambda one: one.selected[::-1]},
    "more are selected than there are seats": {"selected": lambda _: ("A", "B", "C")},
    "one is selected twice": {"selected": lambda _: ("A", "A")},
    "a tally differs": {"tallies": lambda one: with_a_tally(one, 9)},
    "a step is missing": {"trace": lambda one: one.trace[1:], "stages": lambda one: one.stages[1:]},
    "a paper was changed": {"papers": lambda one: with_first_paper(one, "B")},
    "a paper is missing": {"papers": lambda one: one.papers[1:]},
    "a paper is there twice": {"papers": lambda one: (one.papers[0], *one.papers[:-1])},
    "a paper names something else": {"papers": lambda one: with_first_paper(one, "Z")},
    "the turnout differs": {"turnout": lambda one: one.turnout - 1},
    "more own approvals than approvals": {"own_approvals": lambda _: (Tally("A", 5),)},
    "another seed": {"tie_seed": lambda _: "A" * 43},
    "a short seed": {"tie_seed": lambda _: "AAAA"},
    "a seed in another spelling": {"tie_seed": lambda one: one.tie_seed[:-1] + "9"},
    "no seed": {"tie_seed": lambda _: "☂"},
    "something else is struck": {"struck": lambda _: ("Z",)},
    "a selected one is struck": {"struck": lambda one: one.selected[:1]},
    "another is struck": {"struck": lambda _: ("D",)},
}


def tampered(counted: BallotCounted, changes: dict[str, Callable[[BallotCounted], object]]) -> BallotCounted:
    return replace(counted, **{name: change(counted) for name, change in changes.items()})


@pytest.mark.parametrize("rule", sorted(RULES))
async def test_rule_11_a_browser_finds_the_same_differences_as_the_service(page: Page, rule: str) -> None:
    right = counted_ballot(rule, ["AB", "AC", "A", "BC", "B", "AD", "C", ""], "ABCD", 2)
    wrong = {name: Counted(right.opened, tampered(right.counted, changes)) for name, changes in TAMPERED.items()}
    expected = {
        name: {difference.field for difference in recount(one.opened, one.counted)} for name, one in wrong.items()
    }
    assert [name for name, differences in expected.items() if not differences] == []
    found = await recounted(page, [one.result() for one in wrong.values()])
    assert {name: set(one["differences"]) for name, one in zip(wrong, found, strict=True)} == expected
    assert {one["outcome"] for one in found} == {"differs"}


async def test_rule_22_a_seat_that_a_runner_up_took_later_is_named(page: Page) -> None:
    ballot = counted_ballot("approval/1", ["AB", "AB", "AC", "A", "D"], "ABCD", 2)
    certified = ballot.result("certified")
    assert certified["selected"] == ["A", "B"]
    reseated, empty, swapped = (certified | {"selected": one} for one in (["A", "C"], ["B"], ["B", "A"]))
    early = ballot.result() | {"selected": ["A", "C"]}
    found = await recounted(page, [certified, reseated, empty, swapped, early])
    assert [one["outcome"] for one in found] == ["fits", "fits", "fits", "differs", "differs"]
    assert [one["passed_on"] for one in found] == [[], ["B"], ["A"], [], []]
    assert found[1]["selected"] == ["A", "B"]


# What cannot be recounted

CLOSED: Result = {"stays_closed": True, "papers": [], "tallies": [], "stages": []}


async def test_a_result_that_cannot_be_recounted_says_why(page: Page) -> None:
    result = counted_ballot("stv/1", ["AB", "BA", "A"], "AB", 1).result()
    others = [result | {"rule": one} for one in ("stv/2", "equal_shares", "toString", "")]
    found = await recounted(page, [result | CLOSED, *others])
    assert {one["outcome"] for one in found} == {"cannot"}
    assert [one["because"] for one in found] == ["stays-closed", *["unknown-rule"] * 4]
    assert {tuple(one["selected"]) for one in found} == {()}


async def test_a_wrong_seed_is_found_even_if_the_papers_stay_closed(page: Page) -> None:
    result = counted_ballot("stv/1", ["AB", "BA", "A"], "AB", 1).result()
    (found,) = await recounted(page, [result | CLOSED | {"tie_seed": "A" * 43}])
    assert (found["outcome"], found["differences"]) == ("differs", ["tie_seed"])


async def test_a_browser_without_cryptography_says_so(page: Page) -> None:
    """Browsers offer it on secure addresses only."""
    result = counted_ballot("approval/1", ["AB", "A"], "AB", 1).result()
    (found,) = await recounted(page, [result], site="http://kring.example")
    assert (found["outcome"], found["because"]) == ("cannot", "no-cryptography")
