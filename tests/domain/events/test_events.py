"""Properties of every event and every command; new ones are included automatically."""

# Types are used here as values:
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import inspect
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
import rfc8785
from msgspec import Struct

from domain import foundation
from domain.calculations import counting
from domain.foundation import Command, Event, Nobody, NotFound, Refusal, Sealed, Selector, Text, folded_by
from domain.people.rights import CallerCommand
from projections.event_types import events
from projections.wording.sentences import placeholders
from tests.domain.events.golden import FOLDER, decode, encode, file_of, known_tags, version_of
from tests.samples import BY_KRING, every_command, kind_of_id, sample_command, sample_commands, sample_event

EVENTS = events()
COMMANDS = every_command()
NAMED_TYPES = {
    one
    for name, one in vars(foundation).items()
    if name.endswith("Id") or name in {"Code", "Currency", "Digest", "Key", "Label", "MediaType", "ZoneName"}
} | {counting.Ratio, counting.Name}
PLAIN_TYPES = {int, bool, datetime, date, NoneType}
FORMS = re.compile(r"[^|#]*#[^|#]*(?:\|[^|#]*#[^|#]*)*")
"""The forms of a counted noun: `# option|# options`, in the order of CLDR's plural categories for the language."""

every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
every_kind_of_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.__name__)


# Events


def test_topics_are_unique() -> None:
    topics = [one.TOPIC for one in EVENTS]
    assert sorted(set(topics)) == topics


@every_event
def test_a_topic_reads_subject_dot_event(event: type[Event]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", event.TOPIC)
    assert event.__doc__, "an event type has a docstring"


@every_event
def test_the_tags_of_an_event_are_ids_among_its_fields(event: type[Event]) -> None:
    assert event.TAGS
    sampled = sample_event(event)
    for field in (*event.TAGS, event.KEY or event.TAGS[0]):
        assert all("_" in one for one in _ids(getattr(sampled, field))), field
    assert sampled.key()


@every_event
def test_an_event_declares_its_own_audience(event: type[Event]) -> None:
    assert "AUDIENCE" in vars(event)
    if isinstance(event.AUDIENCE, Nobody):
        assert event.AUDIENCE.because
        return
    sampled = sample_event(event)
    audience = [one for field in event.AUDIENCE for one in _ids(getattr(sampled, field))]
    assert audience
    assert all(one.startswith("organisation_") for one in audience)
    assert {f"to:{one}" for one in audience} <= set(sampled.tags())


@every_event
def test_an_event_has_a_summary_of_its_fields_in_both_languages(event: type[Event]) -> None:
    assert "SUMMARY" in vars(event)
    assert isinstance(event.SUMMARY, Text)
    english, dutch = placeholders(event.SUMMARY.en), placeholders(event.SUMMARY.nl)
    assert event.SUMMARY.en
    assert event.SUMMARY.nl
    assert {field for field, _ in english} == {field for field, _ in dutch}
    sampled = sample_event(event)
    for field, form in english + dutch:
        value = getattr(sampled, field)
        assert form in {"", "count"} or FORMS.fullmatch(form), field
        assert not form or isinstance(value, tuple | int), field


@every_event
def test_fields_have_types_that_the_log_allows(event: type[Event]) -> None:
    assert list(_forbidden(event, event.TOPIC)) == []


@pytest.mark.parametrize("hint", [str, float, tuple[str, ...], str | None, dict[str, int], Any])
def test_a_plain_string_or_float_field_is_found(hint: Any) -> None:
    assert list(_forbidden(hint, "field"))


UNSEALED = {
    "organisation.registered name",
    "organisation.renamed name",
    "organisation.renamed was",
    "programme.module_planned title",
    "programme.opened edition",
    "programme.opened name",
    "programme.revised edition",
    "programme.revised name",
}
"""The public names among the fields of events; whatever else people type is sealed."""


def test_the_only_unsealed_texts_of_events_are_public_names() -> None:
    hints = {
        f"{event.TOPIC} {field}": get_type_hints(event)[field] for event in EVENTS for field in event.__struct_fields__
    }
    assert {name for name, hint in hints.items() if foundation.Label in {hint, *get_args(hint)}} == UNSEALED


@every_event
def test_an_event_is_frozen(event: type[Event]) -> None:
    assert event.__struct_config__.frozen
    assert all(kind.__struct_config__.frozen for kind in _structs_in(event))


@every_event
def test_an_event_is_stored_as_in_its_golden_file(event: type[Event]) -> None:
    file = file_of(event)
    assert file.exists(), "python -m tests.domain.events.golden"
    assert decode(event.TOPIC, file.read_bytes()) == sample_event(event)


@every_event
def test_an_event_with_other_tags_than_before_is_a_new_version(event: type[Event]) -> None:
    assert list(event.TAGS) == known_tags().get(version_of(event)), "for a new version: tests.domain.events.golden"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_golden_file_still_decodes(file: Path) -> None:
    topic, _, version = file.stem.rpartition(".v")
    stored = file.read_bytes()
    event = decode(topic, stored)
    if int(version) == event.VERSION:  # an earlier one lacks the fields that came later
        assert encode(event) == stored, "a change of the stored form is a new version"


@every_event
def test_a_stored_event_is_canonical_json(event: type[Event]) -> None:
    stored = encode(sample_event(event))
    assert stored == rfc8785.dumps(json.loads(stored))


@every_event
def test_a_version_decodes_without_fields_added_later(event: type[Event]) -> None:
    required = [one.encode_name for one in msgspec.structs.fields(event) if one.required]
    stored = json.loads(encode(sample_event(event)))
    decode(event.TOPIC, json.dumps({name: stored[name] for name in required}).encode())


# Commands


@every_kind_of_command
def test_a_command_folds_exactly_the_events_of_its_boundary_and_background(command: type[Command]) -> None:
    samples = list(sample_commands(command))
    named = {event for one in samples for selector in _selectors_of(one) for event in selector.types}
    assert {one.__name__ for one in named} == {event.__name__ for one in samples for event in folded_by(one)}


@every_kind_of_command
def test_a_boundary_is_never_empty_and_each_selector_has_types_and_tags(command: type[Command]) -> None:
    for one in sample_commands(command):
        boundary = one.consistency_boundary()
        assert boundary
        assert all(selector.types and selector.tags and all(selector.tags) for selector in _selectors_of(one))


ADDED_CONCURRENTLY = {
    "ballot.vote_cast",
    "gathering.attendance_recorded",
    "team.comment_added",
    "team.preferences_ranked",
    "trip.availability_given",
    "trip.expense_shared",
}
"""Events that many people add at the same time to one ballot, gathering, item, programme or trip."""
NEEDS_ALL_OF_THEM = {
    "AdoptAssignment": "an assignment is stale once a preference changes",
    "ApproveMinutes": "only people who were present may approve",
    "CloseBallot": "the roll names all voters",
    "RecordAttendance": "recording attendance again is a correction",
}


@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.__name__ not in NEEDS_ALL_OF_THEM], ids=lambda one: one.__name__
)
def test_events_that_many_people_add_at_once_conflict_only_for_the_same_person(command: type[Command]) -> None:
    for one in sample_commands(command):
        for selector in one.consistency_boundary():
            topics = {event.TOPIC for event in selector.types if issubclass(event, Event)}
            assert not topics & ADDED_CONCURRENTLY or any(tag.startswith("person_") for tag in selector.tags)


def _selectors_of(command: Command) -> list[Selector]:
    return [*command.consistency_boundary(), *command.background()]


@every_kind_of_command
def test_fold_methods_take_fields_of_the_event_or_the_event(command: type[Command]) -> None:
    learners: set[object] = {base for part in sample_command(command, BY_KRING).parts() for base in type(part).__mro__}
    for (learner, event), method in foundation.decorated_funcs.items():
        if learner not in learners or not issubclass(event, Event):
            continue
        for one in list(inspect.signature(method).parameters.values())[1:]:
            assert one.name in {*event.__struct_fields__, "event"}, (event.TOPIC, one.name)
            assert one.default is one.empty, (event.TOPIC, one.name)


@every_kind_of_command
def test_no_fold_method_hides_one_of_a_base_class(command: type[Command]) -> None:
    for part in sample_command(command, BY_KRING).parts():
        bases = {id(base) for base in type(part).__mro__}
        folds = [one for one in foundation.decorated_funcs if id(one[0]) in bases]
        assert len(folds) == len({event for _, event in folds}), type(part).__name__


@every_kind_of_command
def test_a_command_has_a_caller(command: type[Command]) -> None:
    assert issubclass(command, CallerCommand)
    assert "by" in inspect.signature(command.__init__).parameters


def _is_not_found(command: Command) -> bool:
    """Whether executing the command raises `NotFound`."""
    try:
        command.execute()
    except NotFound:
        return True
    except (Refusal, AssertionError, LookupError):
        return False
    return False


WITH_SUBJECT = [one for one in COMMANDS if _is_not_found(sample_command(one, BY_KRING))]


def test_commands_without_a_subject_create_something_or_need_no_event() -> None:
    assert {one.__name__ for one in set(COMMANDS).difference(WITH_SUBJECT)} == {
        "IssueToken",
        "LinkCalendar",
        "OpenProgramme",
        "RedactWords",
        "RegisterOrganisation",
        "RegisterPerson",
        "SignIn",
    }


@pytest.mark.parametrize("command", WITH_SUBJECT, ids=lambda one: one.__name__)
def test_an_event_about_another_kind_of_thing_is_never_taken_for_the_subject(command: type[Command]) -> None:
    asking = sample_command(command, BY_KRING)
    foreign = list(_under_its_tags(asking))
    assert _is_not_found(asking.load(foreign)), [one.TOPIC for one in foreign]


def _under_its_tags(command: Command) -> Iterator[Event]:
    """Events about other subjects that have a tag of the command in a field for another kind of id."""
    for selector in _selectors_of(command):
        for event in selector.types:
            assert issubclass(event, Event)
            for tag in set(selector.tags) - {command.by.via}:  # the caller is not the subject
                yield from _misplaced(event, tag)


def _misplaced(event: type[Event], tag: str) -> Iterator[Event]:
    hints = get_type_hints(event)
    for field in event.TAGS:
        hint = hints.get(field)
        kinds = {kind_of_id(one) for one in (hint, *get_args(hint))} - {None}
        if kinds and tag.rpartition("_")[0] not in kinds:
            value = (tag,) if get_origin(hint) is tuple else tag
            yield msgspec.structs.replace(sample_event(event, "foreign/"), **{field: value})


# Types


def _ids(value: object) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)  # pyright: ignore[reportArgumentType]  ids


def _forbidden(hint: Any, path: str) -> Iterator[str]:
    """The paths of types that the log does not allow."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        for name, one in get_type_hints(hint).items():
            if name in hint.__struct_fields__:
                yield from _forbidden(one, f"{path}.{name}")
        return
    if hint in NAMED_TYPES or hint in PLAIN_TYPES or get_origin(hint) is Literal:
        return
    if isinstance(hint, type) and issubclass(hint, Sealed) and hint is not Sealed:
        return
    args = [one for one in get_args(hint) if one is not Ellipsis]
    if not args or get_origin(hint) in {dict, list, set, frozenset}:
        yield f"{path}: {hint}"
    for one in args:
        yield from _forbidden(one, path)


def _structs_in(hint: Any) -> Iterator[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield hint
        for name, one in get_type_hints(hint).items():
            if name in hint.__struct_fields__:
                yield from _structs_in(one)
    for one in get_args(hint):
        yield from _structs_in(one)
