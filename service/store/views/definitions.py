"""Finds the source code on which a view's rows depend, by following names from definition to definition in our own modules.

A module is read as top-level definitions (functions, classes, assignments). A definition uses another one if its source names
it, directly or through an import. Everything that the definition of a view uses, directly or indirectly, is the code on which
its rows depend. That is more than a fold runs, but never less, since code that runs is named somewhere. Two things would go
unnoticed and are not done in these packages: looking up a definition of another module by a string, and registering one from
a module that no other names.

The text of a definition is digested, including its comments and docstrings. Unlike syntax trees and byte code, it is the same
for every version of Python.
"""

import ast
import importlib
import importlib.util
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import NamedTuple, cast

PACKAGES = ("domain", "projections")
"""The packages that contain the code of folds. The versions of all other packages are pinned."""

EVERYTHING = "*"
"""Stands for all definitions of a module."""

IMPORT_TIME = ""
"""Stands for the statements of a module that run at import and define no name."""


class Symbol(NamedTuple):
    """The name of a top-level definition, and its module."""

    module: str
    name: str


class Definition(NamedTuple):
    """A top-level definition: its source, the names in it, and its own imports."""

    text: str
    names: frozenset[str]
    imports: frozenset[Symbol]


class Module(NamedTuple):
    """A module: its definitions by name, and the names that it imports."""

    definitions: Mapping[str, Definition]
    imports: Mapping[str, Symbol]


def source_digest(roots: Iterable[Symbol]) -> bytes:
    """Digest all source on which definitions depend. It is the same in every process, and changes whenever the source does."""
    texts = (
        f"{one.module}\0{one.name}\0{module_of(one.module).definitions[one.name].text}\0"
        for one in sorted(reached(roots))
    )
    return sha256("".join(texts).encode()).digest()


def reached(roots: Iterable[Symbol]) -> set[Symbol]:
    """These definitions and all that they depend on."""
    found, left = set[Symbol](), list(roots)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += used_by(one)
    return {one for one in found if one.name in module_of(one.module).definitions}


@cache
def module_of(name: str) -> Module:
    """Read a module. Its syntax tree, which takes far more memory, is not stored."""
    source = source_of(name)
    statements, imports = dict[str, list[ast.stmt]](), dict[str, Symbol]()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.update(_imported(statement))
            continue
        for one in _names_defined(statement) or [IMPORT_TIME]:
            statements.setdefault(one, []).append(statement)
    lines = source.split("\n")
    return Module({one: _definition(lines, found) for one, found in statements.items()}, imports)


def _definition(lines: Sequence[str], statements: Sequence[ast.stmt]) -> Definition:
    """The definition that these statements make, including decorators."""
    texts, names, imports = list[str](), set[str](), set[Symbol]()
    for one in statements:
        decorators = one.decorator_list if isinstance(one, ast.FunctionDef | ast.ClassDef) else []
        first = min([one.lineno, *(decorator.lineno for decorator in decorators)])
        texts += lines[first - 1 : one.end_lineno]
        for node in _nodes(one):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports.update(brought for _, brought in _imported(node))
            else:
                names.add(_name_in(node))
    return Definition("\n".join(texts), frozenset(names), frozenset(imports))


def _nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement: as `ast.walk`, but in another order and faster."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                todo.append(value)
            elif isinstance(value, list):
                todo += [one for one in cast("list[object]", value) if isinstance(one, ast.AST)]


def source_of(name: str) -> str:
    """The source of a module. Raises `OSError` if it is not installed."""
    return inspect.getsource(importlib.import_module(name))


def _names_defined(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Symbol]]:
    """The imports from our packages, each with the name that it binds. `import a.b` imports everything in it."""
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            symbol = Symbol(alias.name, EVERYTHING)
        else:
            assert statement.module is not None, "relative imports are banned"
            symbol = Symbol(statement.module, alias.name)
        if symbol.module.partition(".")[0] in PACKAGES:
            yield alias.asname or alias.name.partition(".")[0], symbol


@cache
def used_by(symbol: Symbol) -> frozenset[Symbol]:
    """The definitions that a definition names, and the statements of its module that define nothing."""
    module = module_of(symbol.module)
    if symbol.name == EVERYTHING:
        return frozenset(Symbol(symbol.module, one) for one in (*module.definitions, *module.imports))
    if (brought := module.imports.get(symbol.name)) is not None:
        return frozenset({brought})
    if symbol.name not in module.definitions and _is_module(inner := f"{symbol.module}.{symbol.name}"):
        return frozenset({Symbol(inner, EVERYTHING)})
    definition = module.definitions.get(symbol.name, Definition("", frozenset(), frozenset()))
    named = (
        Symbol(symbol.module, one) for one in definition.names if one in module.definitions or one in module.imports
    )
    return frozenset({Symbol(symbol.module, IMPORT_TIME), *named, *definition.imports})


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # what would contain it is a module, not a package
        return False


def _name_in(node: ast.AST) -> str:
    """The name in a node. A string may be an annotation, and so a name."""
    match node:
        case ast.Name(id=name) | ast.Constant(value=str(name)) if name.isidentifier():
            return name
        case _:
            return ""
