"""The reference pages agree with the code, and every event, command and rule is used."""

import fnmatch
import re
from collections import Counter

import pytest

from domain.foundation import Command, Event, Nobody
from projections.event_types import events
from tests.reference.events_by_view import LOG_ONLY, takers
from tests.reference.pages import FOLDER, PAGES
from tests.reference.sources import RULES, by_system, commands, refused_outside, routes, rules_of, rules_tested
from tests.samples import every_command


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_up_to_date(page: str) -> None:
    assert (FOLDER / page).read_text() == PAGES[page](), "python -m tests.reference"


@pytest.mark.parametrize("event", events(), ids=lambda event: event.TOPIC)
def test_every_event_type_is_recorded_by_a_command(event: type[Event]) -> None:
    assert any(event in effects.records for effects in commands().values())


def test_the_table_of_audiences_names_every_event_that_an_organisation_can_read() -> None:
    page = (FOLDER / "audience.md").read_text().partition("## Visible to organisations")[0]
    named, subject = list[str](), ""
    for before, after in re.findall(
        r"([a-z]*)\.([a-z_*]+)", "\n".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE))
    ):
        subject = before or subject
        named.append(f"{subject}.{after}")
    can_read = [one.TOPIC for one in events() if not isinstance(one.AUDIENCE, Nobody)]
    assert [topic for topic in can_read if not any(fnmatch.fnmatchcase(topic, one) for one in named)] == []
    assert [one for one in named if not fnmatch.filter(can_read, one)] == []


def test_every_event_is_folded_by_a_view_or_listed_as_read_only_from_the_log() -> None:
    assert sorted(topic for topic, by in takers().items() if not by) == sorted(LOG_ONLY)


@pytest.mark.parametrize("command", every_command(), ids=lambda one: one.__name__)
def test_every_command_is_executed_by_a_route_or_by_the_system(command: type[Command]) -> None:
    executed = {one for named in routes().values() for one in named} | by_system()
    assert any(issubclass(one, command) for one in executed)


def test_every_operation_that_changes_something_executes_a_command() -> None:
    without = [one for one, executed in routes().items() if one.method != "GET" and not executed]
    assert {one.path for one in without} == {"/jobs/{job}/cancellation", "/jobs/{job}/retry"}, "decision 0036"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_named_after_it(rule: int) -> None:
    assert rules_tested().get(rule)


ENFORCED_OUTSIDE_COMMANDS = {9, 24, 30, 31, 32}
"""Rules that are not enforced by commands: contents of a count (`domain.ballots.ballot`), execution of commands
(`service.commands`), texts (`service.api.http.bodies`), translation (`projections.wording.sentences`) and repeated commands
(`service.api.requests.repeats`)."""


@pytest.mark.parametrize("rule", sorted(set(RULES) - ENFORCED_OUTSIDE_COMMANDS))
def test_every_rule_is_cited_by_a_command_or_refusal(rule: int) -> None:
    assert any(
        rule in rules_of(one.__doc__) or any(rule in rules_of(refusal.__doc__) for refusal in effects.refuses)
        for one, effects in commands().items()
    )


def test_every_refusal_has_its_own_code() -> None:
    known = {refusal for effects in commands().values() for refusal in effects.refuses} | refused_outside()
    times = Counter(one.CODE for one in known)
    assert [code for code, often in times.items() if often > 1] == []


def test_the_refusals_of_the_http_layer_and_the_store_are_listed() -> None:
    codes = {one.CODE for one in refused_outside()}
    assert codes >= {
        "in-flight",
        "beyond-the-log",
        "another-log",
        "views-lag",
        "outcome-unknown",
        "too-late",
        "email-taken",
    }
