"""Process state belongs to the object that the process was started with, never to a module."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SOURCES = sorted(file for folder in ("service", "workers") for file in (PROJECT / folder).rglob("*.py"))

SYNCHRONISING = {
    "Barrier",
    "Condition",
    "Event",
    "Lock",
    "Queue",
    "RLock",
    "Semaphore",
    "BoundedSemaphore",
    "ContextVar",
}
COLLECTING = {"dict", "list", "set", "deque", "Counter", "defaultdict", "OrderedDict", "WeakKeyDictionary", "WeakSet"}
MUTATING = {
    "add",
    "append",
    "appendleft",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "setdefault",
    "update",
}
"""Methods that change a collection in place."""

STATEFUL = """
import asyncio
from functools import lru_cache
SEEN = set()
HEADS: dict[str, int] = {}
LATEST = [0]
OPEN = asyncio.Lock()
CACHE = Cache()
remembered = lru_cache(100)(read)

class Cache:
    def __init__(self):
        self.rows = {}

@lru_cache(maxsize=100)
def read(key): ...

@cache
def routes(app: Litestar) -> int: ...

def learn(key):
    global TOTAL
    SEEN.add(key)
    HEADS[key] = 1
    LATEST[0] += 1
"""

STATELESS = """
NAMES = {"a": 1}
ENDINGS = ["x"]
LIMIT = Limit(3)

@dataclass(frozen=True)
class Limit:
    seconds: int

@cache
def pattern(kind: str) -> re.Pattern[str]: ...

def read(kind):
    seen = set()
    seen.add(NAMES[kind])
    return seen
"""


def test_no_module_holds_process_state() -> None:
    modules = {str(file.relative_to(PROJECT)): ast.parse(file.read_text()) for file in SOURCES}
    stateful = {one for module in modules.values() for one in stateful_classes(module)}
    assert [f"{file}:{found}" for file, module in modules.items() for found in state_of(module, stateful)] == []


def test_state_is_recognised_in_source_code() -> None:
    found = {one.partition(":")[2].strip() for one in state_of(ast.parse(STATEFUL), {"Cache"})}
    assert found == {
        "SEEN changes",
        "HEADS changes",
        "LATEST changes",
        "OPEN synchronises",
        "CACHE is a Cache",
        "remembered is a bounded cache",
        "read is a bounded cache",
        "routes is cached by a Litestar",
        "TOTAL is assigned in a function",
    }
    assert list(state_of(ast.parse(STATELESS), {"Cache"})) == []


def state_of(module: ast.Module, stateful: set[str]) -> Iterator[str]:
    """Names of state that a module holds, each with its line. `stateful`: classes whose instances change."""
    collections = dict[str, int]()
    for statement in module.body:
        for name, value in assigned(statement):
            made_by = called(value)
            if made_by in SYNCHRONISING:
                yield f"{statement.lineno}: {name} synchronises"
            elif made_by in stateful:
                yield f"{statement.lineno}: {name} is a {made_by}"
            elif made_by == "lru_cache":
                yield f"{statement.lineno}: {name} is a bounded cache"
            elif made_by in COLLECTING or isinstance(
                value, ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp
            ):
                collections[name] = statement.lineno
    changed = {name for function in functions(module) for name in changes(function)}
    yield from (f"{line}: {name} changes" for name, line in collections.items() if name in changed)
    yield from (f"{one.lineno}: {problem}" for one in functions(module) for problem in caching(one))
    for node in ast.walk(module):
        if isinstance(node, ast.Global):
            yield from (f"{node.lineno}: {name} is assigned in a function" for name in node.names)


def assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Names to which a statement assigns."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    for one in targets:
        if value is not None and isinstance(one, ast.Name):
            yield one.id, value


def called(value: ast.expr) -> str | None:
    """Name of the class or function that creates a value, without its module and type parameters."""
    while isinstance(value, ast.Call | ast.Subscript):
        value = value.func if isinstance(value, ast.Call) else value.value
    return value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else None


def functions(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods."""
    return [one for one in ast.walk(module) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]


def changes(function: ast.AST) -> Iterator[str]:
    """Names of collections that a function changes."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in MUTATING:
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case _:
                continue


RUNNING = {"CommandHandler", "Connection", "Kring", "KeyStore", "Litestar", "Log", "Mapper", "Pool", "ViewStore"}
"""Objects of a running process, which no cache of a module may hold."""


def caching(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Caches around this function that hold data: only data needs a bound, and an object of a process is data."""
    names = {called(one) for one in function.decorator_list}
    if "lru_cache" in names:
        yield f"{function.name} is a bounded cache"
    for one in function.args.args if "cache" in names else ():
        if one.annotation is not None and (kind := called(one.annotation)) in RUNNING:
            yield f"{function.name} is cached by a {kind}"


def stateful_classes(module: ast.Module) -> Iterator[str]:
    """Classes of a module with their own `__init__`: their instances can change, unlike frozen ones."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and any(
            isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body
        ):
            yield node.name
