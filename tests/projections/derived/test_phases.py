"""The phases of a CoP and of a programme, from what they have reached."""

import pytest
from msgspec.structs import replace

from domain.foundation import TeamId
from projections.derived.phases import NONE, Phases, Reached, by_team, in_words, of_programme, outside, phases_of_team

SHORT = {"d": "done", "n": "now", "t": "next"}
TEAM = TeamId("team_01j8m0s7g2f5v0q4rj3k6w9xya")
FORMED = Reached(team=TEAM, status="formed", sessions=3)


def phases(short: str) -> Phases:
    return tuple(SHORT[one] for one in short)  # pyright: ignore[reportReturnType]  each is a state


@pytest.mark.parametrize(
    ("reached", "expected"),
    [
        (FORMED, "dddntttt"),
        (replace(FORMED, sessions_held=2, trip="planned"), "dddnnttt"),
        (replace(FORMED, sessions_held=2, trip="made", researched=True), "dddndntt"),
        (replace(FORMED, sessions_held=3, trip="made", researched=True, advising=True), "dddddnnt"),
        (replace(FORMED, sessions_held=3, advising=True, researched=True, presented=True), "ddddtdnt"),
        (replace(FORMED, sessions_held=3, advising=True, presented=True, delivered=True), "ddddtddn"),
        (replace(FORMED, sessions_held=3, advising=True, presented=True, delivered=True, settled=True), "ddddtddd"),
        (replace(FORMED, settled=True), "dddntttt"),
    ],
)
def test_each_phase_of_a_cop_follows_from_its_facts(reached: Reached, expected: str) -> None:
    assert phases_of_team(reached) == phases(expected)


@pytest.mark.parametrize("status", ["merged", "dissolved", "concluded"])
def test_of_a_cop_that_has_ended_nothing_is_now(status: str) -> None:
    ended = replace(FORMED, status=status, sessions_held=1, trip="made", researched=True)
    assert phases_of_team(ended) == phases("dddtdttt")


def test_a_programme_begins_with_its_challenges() -> None:
    assert of_programme([Reached()]) == phases("nttttttt")
    assert of_programme([Reached(choosing=True)]) == phases("dntttttt")
    assert of_programme([Reached(chosen=True)]) == phases("ddnttttt")
    assert of_programme([]) == NONE


def test_a_programme_has_done_what_all_its_cops_have_done() -> None:
    ahead = replace(FORMED, sessions_held=3, trip="made", researched=True)
    gone = replace(FORMED, status="dissolved")
    assert of_programme([Reached(chosen=True), FORMED, ahead, gone]) == phases("dddnnntt")
    assert of_programme([Reached(chosen=True), ahead, gone]) == phases("dddddntt")


def test_of_a_concluded_programme_nothing_is_now() -> None:
    concluded = replace(FORMED, status="concluded", sessions_held=3)
    assert of_programme([Reached(status="concluded", chosen=True), concluded]) == phases("ddddtttt")


def test_organisations_do_not_see_that_a_cop_has_begun_to_research_or_write() -> None:
    secret = replace(FORMED, researched=True, advising=True)
    assert phases_of_team(outside(secret)) == phases_of_team(FORMED)
    assert phases_of_team(outside(replace(secret, presented=True))) == phases("dddntdnt")


def test_the_ring_is_also_said_in_words() -> None:
    said = in_words(phases("dddndntt"))
    assert [one.en for one in said["now"]] == ["sessions", "research"]
    assert [one.nl for one in said["next"]] == ["advies", "vervolg"]
    assert list(by_team([Reached(), FORMED])) == [TEAM]
