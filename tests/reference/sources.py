"""What the code says about itself: which command records and refuses what, which route asks for it, which test names which rule.

Read from the source, not from a run: a command's `execute` is followed through its own methods and the functions that it calls.
"""

# Functions and types are looked at here as values:
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import ast
import inspect
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
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


class Does(NamedTuple):
    """What a command may record, and by which refusals of its own it may be refused."""

    records: frozenset[type[Event]]
    refuses: frozenset[type[Refusal]]


class Route(NamedTuple):
    """An operation by method and path, below the base."""

    method: str
    path: str


def does(command: type[Command]) -> Does:
    """What is recorded and raised on any way through `execute`."""
    reached = list(_reached(command.execute, sample_command(command, BY_ANNA)))
    return Does(
        frozenset(event for one in reached for event in _recorded(one.tree, one.names, command)),
        frozenset(refusal for one in reached for refusal in _raised(one.tree, one.names)),
    )


def reaches(command: type[Command], function: Callable[..., Any]) -> bool:
    """Whether `execute` may call this function."""
    return any(one.function is function for one in _reached(command.execute, sample_command(command, BY_ANNA)))


def sets_deadline(command: type[Command]) -> bool:
    """Whether `execute` may set `not_after`, after which the store refuses to record."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "not_after" and isinstance(node.ctx, ast.Store)
        for one in _reached(command.execute, sample_command(command, BY_ANNA))
        for node in ast.walk(one.tree)
    )


@cache
def commands() -> dict[type[Command], Does]:
    """Every command with what it does."""
    return {one: does(one) for one in every_command()}


@cache
def routes() -> dict[Route, frozenset[type[Command]]]:
    """Every operation of the API that is built, with the commands that it asks for (none: it reads)."""
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
def by_itself() -> frozenset[type[Command]]:
    """The commands that Kring gives itself or that its operator gives: in workers, in the command line, in the demo."""
    import_module("workers.__main__")
    modules = [one for name, one in sorted(sys.modules.items()) if name.startswith(("workers", "service"))]
    outside = [one for one in modules if not one.__name__.startswith("service.api")]
    return frozenset(one for module in outside for one in vars(module).values() if _is(one, Command))


@cache
def refused_outside() -> frozenset[type[Refusal]]:
    """The refusals of no command: the edge says them of a request, the store of what it would record."""
    todo, found = [Refusal], set[type[Refusal]]()
    while todo:
        todo += (below := todo.pop().__subclasses__())
        found.update(one for one in below if one.__module__.startswith(("domain.", "service.")))
    return frozenset(found.difference(*(does.refuses for does in commands().values())))


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
"""Questions of a command about who acts (`domain.people.rights.Rights`), and the role of each; nothing behind them is read."""


def rights_of(command: type[Command]) -> frozenset[str]:
    """The roles that `execute` looks at on its ways; a manager may do whatever a facilitator may."""
    asked = {
        node.attr
        for one in _reached(command.execute, sample_command(command, BY_ANNA), without=RIGHTS)
        for node in ast.walk(one.tree)
        if isinstance(node, ast.Attribute)
    }
    found = {RIGHTS[one] for one in asked & set(RIGHTS)} - {""}
    return frozenset(found | ({"manager"} if "facilitator" in found else set()))


def rules_of(docstring: str | None) -> frozenset[int]:
    """The rules that a docstring cites: `Rule 7: …`, `(rule 7)`, `(rules 1, 2 and 5 to 8)`."""
    found: set[int] = set()
    for listed in re.findall(r"[Rr]ules? ((?:\d+(?:, | and | to |–)?)+)", docstring or ""):
        for first, last in re.findall(r"(\d+)(?:(?: to |–)(\d+))?", listed):
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found & set(RULES))


def rules_tested() -> dict[int, list[tuple[Path, str]]]:
    """For each rule the tests that name it, in order of their files: each file, and the test as a sentence.

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
    """A wording for a page: of a counted noun its last form, `{turnout} papers` for `{turnout:# paper|# papers}`."""
    return re.sub(
        r"\{(\w+):(?:[^{}]*\|)?([^{}|]*#[^{}|]*)\}", lambda found: found[2].replace("#", f"{{{found[1]}}}"), wording
    )


# Following a function


class _Reached(NamedTuple):
    """A function that is called, its tree, and the names that it can use."""

    function: Any  # a `FunctionType`, which type checkers would bind
    tree: ast.AST
    names: dict[str, Any]


def _reached(start: Callable[..., Any], owner: object, *, without: Collection[str] = ()) -> Iterator[_Reached]:
    """`start` and all that it calls inside Kring but for what is called as in `without`.

    `owner`: the object or class whose method it is; methods are followed through the parts of knowledge that it has.
    """
    todo: list[tuple[FunctionType, object]] = [(_plain(start), owner)]
    seen: set[tuple[FunctionType, int]] = set()
    while todo:
        function, whose = todo.pop()
        if (function, id(whose)) in seen:
            continue
        seen.add((function, id(whose)))
        one = _Reached(function, _tree(function), _names(function))
        yield one
        todo.extend(called for called in _next(one, whose) if called[0].__name__ not in without)


def _next(reached: _Reached, owner: object) -> Iterator[tuple[FunctionType, object]]:
    names = reached.names
    for node in ast.walk(reached.tree):
        if isinstance(node, ast.Name) and _ours(names.get(node.id)):
            yield names[node.id], None
        if isinstance(node, ast.Attribute):
            whose = _object(node.value, owner, _parameters(reached))
            if whose is not None:
                yield from _method(_kind(whose), node.attr, whose)
            if owner is not None and _is_super(node.value):
                yield from _above(owner, reached.function, node.attr)
            if isinstance(node.value, ast.Name) and isinstance(module := names.get(node.value.id), ModuleType):
                found = getattr(module, node.attr, None)
                if _ours(found):
                    yield found, None


def _object(node: ast.expr, owner: object, parameters: dict[str, Any]) -> object:
    """The object or class that `self`, a part of it, or a parameter stands for; None if that is not known."""
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
    """The method of this name that `super()` finds from where `function` stands."""
    bases = list(_kind(owner).__mro__)
    here = next((place for place, one in enumerate(bases) if function in vars(one).values()), -1)
    for base in bases[here + 1 :]:
        if name in vars(base):
            yield from _method(base, name, owner)
            return


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _recorded(tree: ast.AST, names: dict[str, Any], command: type) -> Iterator[type[Event]]:
    """Events that are named where something is done; a signature or an `isinstance` names them without making any."""
    for node in _statements(tree):
        named = names.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            named = getattr(command, node.attr, None)  # said by the class: FACT
        if isinstance(named, type) and issubclass(named, Event):
            yield named


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All below `node` but annotations, decorators and what `isinstance` asks about."""
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


def _raised(tree: ast.AST, names: dict[str, Any]) -> Iterator[type[Refusal]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and _is(names.get(node.id), Refusal):
            yield names[node.id]


def _commands_named_in(handler: Callable[..., Any]) -> frozenset[type[Command]]:
    found: set[type[Command]] = set()
    executed = set(every_command())
    controller = getattr(handler, "__self__", None)
    for _, tree, names in _reached(handler, controller):
        for node in ast.walk(tree):
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
def _tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _names(function: FunctionType) -> dict[str, Any]:
    closed = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    return {**function.__globals__, **closed}
