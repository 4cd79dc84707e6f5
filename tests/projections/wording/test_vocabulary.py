"""The vocabulary for people: every entry belongs to a word in the code, so that a rename fails here."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Struct, json

from domain import foundation
from domain.ballots.ballot import OwnChallenge, Secrecy, VoidCause
from domain.ballots.choosing import How
from domain.calculations.counting import RULES
from domain.foundation import Language, TokenRole
from projections.derived.agenda import AgendaEntry
from projections.derived.invitations import InvitationStatus
from projections.derived.to_dos import ToDo
from projections.event_types import events
from projections.view import View
from projections.wording.names import NAMED, NAMED_WITH_NUMBER, NAMELESS, UNNUMBERED
from projections.wording.vocabulary import VOCABULARY
from service.api.http.validation_words import KINDS_OF_ID
from service.views import VIEWS
from tests.projections.wording.examples.shown_views import is_shown

ROOT = Path(__file__).parents[3]
CALLED_BY_NAME = {"trip", "module"}
"""Kinds of agenda entries that are shown by their own names."""
CODES: tuple[Any, ...] = (Secrecy, OwnChallenge, VoidCause, How, TokenRole, InvitationStatus)
"""The values of fields that events declare as `Code`, and of those that pages show without a view."""


def words_in(kind: Any) -> set[str]:
    """The literal values in a type, including the structs in it."""
    words, seen, left = set[str](), set[object](), [kind]
    while left:
        one = left.pop()
        if get_origin(one) is Literal:
            words |= {word for word in get_args(one) if isinstance(word, str)}
        elif isinstance(one, type) and issubclass(one, Struct) and one not in seen:
            seen.add(one)
            left += [hint for name, hint in get_type_hints(one).items() if name in one.__struct_fields__]
        else:
            left += get_args(one)
    return words


@cache
def trees() -> list[ast.Module]:
    files = (file for package in ("domain", "projections") for file in (ROOT / package).rglob("*.py"))
    return [ast.parse(file.read_text()) for file in files]


def stated(*names: str) -> Iterator[str]:
    """The strings in `name[…]` or `name(…)` in the code, for these names."""
    for node in (node for tree in trees() for node in ast.walk(tree)):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=inside) if name in names:
                yield from texts_in(inside)
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in names:
                for one in arguments:
                    yield from texts_in(one)
            case _:
                pass


def texts_in(node: ast.AST) -> Iterator[str]:
    return (one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_code_that_people_read_has_a_wording() -> None:
    shown: list[View[Any]] = [view for view in VIEWS if is_shown(view)]
    read = words_in(tuple[*(view.row for view in shown), *events(), AgendaEntry, ToDo, *CODES])
    codes = {*RULES, *stated("Code", "CodeWord")} - set(get_args(Language))
    assert (read | codes) - VOCABULARY.keys() == CALLED_BY_NAME


def test_every_wording_belongs_to_a_word_in_the_code() -> None:
    assert VOCABULARY.keys() - {*RULES, *stated("Literal", "Code", "CodeWord")} == set()


def test_exactly_the_kinds_of_id_have_names() -> None:
    ids = {name: kind for name, kind in vars(foundation).items() if name.endswith("Id") and name != "AnyId"}
    kinds = {json.schema(kind)["pattern"].removeprefix("^").partition("_")[0] for kind in ids.values()}
    assert kinds == NAMELESS.keys() == KINDS_OF_ID.keys()
    assert (NAMED.keys() | NAMED_WITH_NUMBER.keys()) - kinds == set()
    assert UNNUMBERED.keys() - VOCABULARY.keys() == set()
