"""Analysis of the source: events and refusals of each command, commands of each route, tests of each rule.

Nothing is executed: a command's `execute` is followed through its own methods and the functions that it calls.
"""

# Functions and types are used here as values:
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import ast
import inspect
import re
import sys
import textwrap
from collections import ChainMap, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, TypeGuard

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from domain.foundation import Command, Event, Knowledge, Refusal
from service.app import BASE, make_app
from service.config import load
from tests.samples import BY_ANNA, every_command, sample_command

ROOT = Path(__file__).parents[2]
RULES = range(1, 33)


class Effects(NamedTuple):
    """The events that a command may record, and the refusals that it may raise."""

    records: frozenset[type[Event]]
    refuses: frozenset[type[Refusal]]


class Route(NamedTuple):
    """An operation by its method and its path below the base."""

    method: str
    path: str


def effects(command: type[Command]) -> Effects:
    """The events and refusals on any path through `execute`."""
    reached = list(_reached(command.execute, sample_command(command, BY_ANNA)))
    return Effects(
        frozenset(event for one in reached for event in _recorded(one, command)),
        frozenset(refusal for one in reached for refusal in _raised(one)),
    )


def reaches(command: type[Command], function: Callable[..., Any]) -> bool:
    """Whether `execute` may call this function."""
    return any(one.function is function for one in _reached(command.execute, sample_command(command, BY_ANNA)))


@cache
def sets_deadline(command: type[Command]) -> bool:
    """Whether `execute` may set `not_after`, after which the store refuses to record."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "not_after" and isinstance(node.ctx, ast.Store)
        for one in _reached(command.execute, sample_command(command, BY_ANNA))
        for node in _named(one.function)
    )


@cache
def commands() -> dict[type[Command], Effects]:
    """Every command with its effects."""
    return {one: effects(one) for one in every_command()}


@cache
def routes() -> dict[Route, frozenset[type[Command]]]:
    """Every built operation of the API with the commands that it executes (none: it reads)."""
    return {route: _commands_named_in(handler.fn) for route, handler in _handlers() if not handler.opt.get("not_yet")}


def operations(*, built: bool) -> set[Route]:
    """The operations of the OpenAPI document: those that are built, or those that are not yet."""
    return {
        route
        for route, handler in _handlers()
        if handler.resolve_include_in_schema() and bool(handler.opt.get("not_yet")) != built
    }


@cache
def _handlers() -> Sequence[tuple[Route, HTTPRouteHandler]]:
    return tuple(_handlers_of(make_app(load({}))))


def _handlers_of(app: Litestar) -> Iterator[tuple[Route, HTTPRouteHandler]]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith(BASE):
            continue
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path.removeprefix(BASE))
        for handler in route.route_handlers:
            for method in sorted(set(handler.http_methods) - {"HEAD", "OPTIONS"}):
                yield Route(str(method), path), handler


@cache
def by_system() -> frozenset[type[Command]]:
    """The commands of the system and the operator: in workers, the command line and the demo."""
    import_module("workers.__main__")
    modules = [one for name, one in sorted(sys.modules.items()) if name.startswith(("workers", "service"))]
    outside = [one for one in modules if not one.__name__.startswith("service.api")]
    return frozenset(one for module in outside for one in vars(module).values() if _is(one, Command))


@cache
def refused_outside() -> frozenset[type[Refusal]]:
    """The refusals of no command: the HTTP layer and the store raise them."""
    todo, found = [Refusal], set[type[Refusal]]()
    while todo:
        todo += (below := todo.pop().__subclasses__())
        found.update(one for one in below if one.__module__.startswith(("domain.", "service.")))
    return frozenset(found.difference(*(effects.refuses for effects in commands().values())))


RIGHTS = {
    "manages": "manager",
    "facilitates": "facilitator",
    "is_member": "member of the CoP",
    "participates": "participant",
    "contact_for": "commissioner",
    "speaks_for_all": "commissioner",
    "require_valid_caller": "",
    "refuse": "",
}
"""Methods of `domain.people.rights.Rights` and the role that each checks; calls inside them are not followed."""


def rights_of(command: type[Command]) -> frozenset[str]:
    """The roles that `execute` checks on any path; a manager may do everything that a facilitator may."""
    called = {
        node.attr
        for one in _reached(command.execute, sample_command(command, BY_ANNA), without=RIGHTS)
        for node in _named(one.function)
        if isinstance(node, ast.Attribute)
    }
    found = {RIGHTS[one] for one in called & set(RIGHTS)} - {""}
    return frozenset(found | ({"manager"} if "facilitator" in found else set()))


def rules_of(docstring: str | None) -> frozenset[int]:
    """The rules that a docstring cites: `Rule 7: …`, `(rule 7)`, `(rules 1, 2 and 5 to 8)`."""
    found: set[int] = set()
    for listed in re.findall(r"[Rr]ules? ((?:\d+(?:, | and | to |–)?)+)", docstring or ""):
        for first, last in re.findall(r"(\d+)(?:(?: to |–)(\d+))?", listed):
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found & set(RULES))


@cache
def rules_tested() -> dict[int, list[tuple[Path, str]]]:
    """The tests that name each rule, in the order of their files: the file, and the test as a sentence.

    A test names a rule in its own name (`test_rule_7_…`) or in the id of a case (`id="rule 7: …"`).
    """
    found: dict[int, list[tuple[Path, str]]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for number, sentence in _rules_named_in(ast.parse(file.read_text())):
            found[number].append((file.relative_to(ROOT), sentence))
    return found


def _rules_named_in(module: ast.Module) -> Iterator[tuple[int, str]]:
    for test in ast.walk(module):
        if not isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) or not test.name.startswith("test_"):
            continue
        numbers = re.match(r"test_rules?_((?:\d+_)(?:(?:and_)?\d+_)*)", test.name)
        name = test.name.removeprefix(numbers[0] if numbers else "test_").replace("_", " ")
        for number in re.findall(r"\d+", numbers[1] if numbers else ""):
            yield int(number), name
        ids = [node.value for one in test.decorator_list for node in ast.walk(one) if isinstance(node, ast.keyword)]
        for case in (one.value for one in ids if isinstance(one, ast.Constant) and isinstance(one.value, str)):
            cited, colon, what = case.partition(": ")
            yield from ((number, f"{name}: {what}") for number in sorted(rules_of(cited)) if colon)


def plain(wording: str) -> str:
    """A wording for a page, with the last form of counted nouns: `{turnout} papers` for `{turnout:# paper|# papers}`."""
    return re.sub(
        r"\{(\w+):(?:[^{}]*\|)?([^{}|]*#[^{}|]*)\}", lambda found: found[2].replace("#", f"{{{found[1]}}}"), wording
    )


# Following a function


class _Reached(NamedTuple):
    """A called function and the names in its scope."""

    function: Any  # a `FunctionType`, which type checkers would bind
    names: Mapping[str, Any]


def _reached(start: Callable[..., Any], owner: object, *, without: Collection[str] = ()) -> Iterator[_Reached]:
    """`start` and all functions of Kring that it calls, except those with a name in `without`.

    `owner`: the object or class whose method it is; methods are followed through the parts of knowledge that it has.
    """
    todo: list[tuple[FunctionType, object]] = [(_plain(start), owner)]
    seen: set[tuple[FunctionType, int]] = set()
    while todo:
        function, whose = todo.pop()
        if (function, id(whose)) in seen:
            continue
        seen.add((function, id(whose)))
        one = _Reached(function, _names(function))
        yield one
        todo.extend(called for called in _next(one, whose) if called[0].__name__ not in without)


def _next(reached: _Reached, owner: object) -> Iterator[tuple[FunctionType, object]]:
    names, parameters = reached.names, _parameters(reached)
    for node in _named(reached.function):
        if isinstance(node, ast.Name) and _ours(names.get(node.id)):
            yield names[node.id], None
        if isinstance(node, ast.Attribute):
            whose = _object(node.value, owner, parameters)
            if whose is not None:
                yield from _method(_kind(whose), node.attr, whose)
            if owner is not None and _is_super(node.value):
                yield from _above(owner, reached.function, node.attr)
            if isinstance(node.value, ast.Name) and isinstance(module := names.get(node.value.id), ModuleType):
                found = getattr(module, node.attr, None)
                if _ours(found):
                    yield found, None


def _object(node: ast.expr, owner: object, parameters: dict[str, Any]) -> object:
    """The object or class of `self`, of a part of it, or of a parameter; None if it is unknown."""
    if isinstance(node, ast.Name):
        return owner if node.id == "self" else parameters.get(node.id)
    if isinstance(node, ast.Attribute):
        whose = _object(node.value, owner, parameters)
        part = getattr(whose, "__dict__", {}).get(node.attr)
        return part if isinstance(part, Knowledge) else None
    return None


def _parameters(reached: _Reached) -> dict[str, Any]:
    """The parameters of a function that are parts of knowledge, with their classes."""
    hints = {
        name: reached.names.get(hint) if isinstance(hint, str) else hint for name, hint in _hints(reached.function)
    }
    return {name: kind for name, kind in hints.items() if _is(kind, Knowledge)}


def _hints(function: FunctionType) -> list[tuple[str, Any]]:
    return list(inspect.get_annotations(function).items())


def _kind(whose: object) -> type:
    return whose if isinstance(whose, type) else type(whose)


def _method(kind: type, name: str, owner: object) -> Iterator[tuple[FunctionType, object]]:
    found: object = inspect.getattr_static(kind, name, None)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    if _ours(found):
        yield found, owner


def _above(owner: object, function: FunctionType, name: str) -> Iterator[tuple[FunctionType, object]]:
    """The method of this name that `super()` finds in the class of `function`."""
    bases = list(_kind(owner).__mro__)
    here = next((place for place, one in enumerate(bases) if function in vars(one).values()), -1)
    for base in bases[here + 1 :]:
        if name in vars(base):
            yield from _method(base, name, owner)
            return


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _recorded(one: _Reached, command: type) -> Iterator[type[Event]]:
    """Events named in statements; signatures and `isinstance` name events without creating them."""
    for node in _named_in_statements(one.function):
        named = one.names.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            named = getattr(command, node.attr, None)  # an attribute of the class: FACT
        if isinstance(named, type) and issubclass(named, Event):
            yield named


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below `node`, except annotations, decorators and arguments of `isinstance`."""
    for field, value in ast.iter_fields(node):
        if field in {"args", "returns", "decorator_list", "annotation"} and isinstance(
            node, ast.FunctionDef | ast.AnnAssign
        ):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _statements(child)


def _raised(one: _Reached) -> Iterator[type[Refusal]]:
    for node in _named(one.function):
        if isinstance(node, ast.Name) and _is(one.names.get(node.id), Refusal):
            yield one.names[node.id]


def _commands_named_in(handler: Callable[..., Any]) -> frozenset[type[Command]]:
    found: set[type[Command]] = set()
    executed = set(every_command())
    controller = getattr(handler, "__self__", None)
    for function, names in _reached(handler, controller):
        for node in _named(function):
            one = names.get(node.id) if isinstance(node, ast.Name) else None
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                one = getattr(names.get(node.value.id), node.attr, None)
            if isinstance(one, type) and one in executed:
                found.add(one)
    return frozenset(found)


def _is(one: object, kind: type) -> bool:
    return isinstance(one, type) and issubclass(one, kind)


def _ours(one: object) -> TypeGuard[FunctionType]:
    return isinstance(one, FunctionType) and one.__module__.partition(".")[0] in {
        "domain",
        "projections",
        "service",
        "workers",
    }


def _plain(function: Callable[..., Any]) -> FunctionType:
    found = inspect.unwrap(getattr(function, "__func__", function))
    assert isinstance(found, FunctionType), f"{function} is written in Python"
    return found


@cache
def _named(function: FunctionType) -> tuple[ast.Name | ast.Attribute, ...]:
    """The names and attributes in a function: walking its tree again for every command took most of the time."""
    return tuple(one for one in ast.walk(_tree(function)) if isinstance(one, ast.Name | ast.Attribute))


@cache
def _named_in_statements(function: FunctionType) -> tuple[ast.Name | ast.Attribute, ...]:
    return tuple(one for one in _statements(_tree(function)) if isinstance(one, ast.Name | ast.Attribute))


def _tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


@cache
def _names(function: FunctionType) -> Mapping[str, Any]:
    closed = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    return ChainMap(dict(closed), function.__globals__)
