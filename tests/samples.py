"""Deterministic sample values of any declared type, for tests of all events and commands."""

# Types are used here as values:
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false

import hashlib
import inspect
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Meta

from domain import foundation
from domain.foundation import Caller, Command, Event, PersonId, Sealed, Words

EventType = TypeVar("EventType", bound=Event)

BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
AT = datetime(2016, 10, 12, 12, 30, 0, 250_000, tzinfo=UTC)
KIND = re.compile(r"\^([a-z_]+)_\[0-7\]")
SPECIAL = {
    "Label": "Regio Zwolle – ’s morgens",
    **dict.fromkeys(("Code", "Key", "MediaType", "ZoneName"), "word"),
    "Currency": "EUR",
    "Ratio": "2/3",
    "Name": "7",
}


def sample_event(event: type[EventType], path: str = "") -> EventType:
    """An event of this type with all fields set; another `path` gives other ids."""
    return sample(event, f"{path}{event.TOPIC}")


def sample(hint: Any, path: str, *, bare: bool = False) -> Any:
    """A value of the type `hint`, determined by `path`. `bare`: None where it is allowed."""
    if hasattr(hint, "__supertype__"):
        return _named(hint, path)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(sample(args[0], path, bare=bare), args[1:])
    if origin is Literal:
        return args[0]
    if type(None) in args:
        return None if bare else sample(next(one for one in args if one is not type(None)), path)
    if args and isinstance(origin, type) and issubclass(origin, Mapping):
        return {sample(args[0], f"{path}.key"): sample(args[1], f"{path}.value")}
    if origin in {tuple, list, set, frozenset} or (isinstance(origin, type) and hasattr(origin, "__iter__")):
        return _several(origin, args, path)
    if callable(hint) and getattr(hint, "_is_protocol", False):
        return _does_nothing
    if args:
        return sample(args[0], path)
    return _plain(hint, path)


def _does_nothing(*_: object) -> None:
    """A substitute for any function that a command takes."""


def _plain(hint: Any, path: str) -> Any:
    plain: dict[Any, Any] = {bool: True, int: 3, datetime: AT, date: AT.date(), bytes: _digest(path), str: path}
    if hint in plain:
        return plain[hint]
    if isinstance(hint, type) and issubclass(hint, Sealed):
        return hint(f"Tekst – {path}", digest=_base64(_digest(path)))
    names = getattr(hint, "__struct_fields__", None) or getattr(hint, "_fields", None)
    if names is not None:
        hints = get_type_hints(hint, include_extras=True)
        return hint(**{name: sample(hints[name], f"{path}.{name}") for name in names})
    raise TypeError(f"no sample of {hint} for {path}")


def _several(origin: Any, args: tuple[Any, ...], path: str) -> Any:
    if origin is tuple and Ellipsis not in args:
        return tuple(sample(one, f"{path}.{number}") for number, one in enumerate(args))
    items = [sample(args[0], f"{path}.{number}") for number in range(2)]
    return origin(items) if origin in {list, set, frozenset} else tuple(items)


def _named(hint: Any, path: str) -> Any:
    kind = kind_of_id(hint)
    if kind is not None:
        return sample_id(kind, path)
    if hint.__name__ == "Digest":
        return _base64(_digest(path))
    return SPECIAL[hint.__name__] if hint.__name__ in SPECIAL else sample(hint.__supertype__, path)


def kind_of_id(hint: Any) -> str | None:
    """The prefix of the ids of this type; `thing` for `AnyId`; None for other types."""
    metas = [one for one in get_args(getattr(hint, "__supertype__", None)) if isinstance(one, Meta)]
    if hint is foundation.AnyId:
        return "thing"
    found = next((KIND.match(one.pattern or "") for one in metas), None)
    return found[1] if found else None


def sample_id(kind: str, path: str) -> str:
    """An id of this kind, determined by `path`."""
    return f"{kind}_0" + "".join(BASE32[one % 32] for one in _digest(path)[:25])


def _bounded(value: Any, metas: tuple[Any, ...]) -> Any:
    for meta in metas:
        if isinstance(meta, Meta) and isinstance(value, int):
            value = max(value, int(meta.ge)) if meta.ge is not None else value
            value = min(value, int(meta.le)) if meta.le is not None else value
    return value


def _digest(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()


def _base64(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


# Commands

ANNA = PersonId(sample_id("person", "anna"))
BY_ANNA = Caller(role="participant", person=ANNA, via=sample_id("token", "anna"), at=AT, reason=Words("Daarom."))
BY_KRING = Caller(role="system", via="job_1", at=AT, reason=Words("Daarom."))


def sample_command(command: type[Command], by: Caller, *, bare: bool = False, **given: Any) -> Command:
    """A command of this type with all arguments; `bare`: only required arguments."""
    hints = get_type_hints(command.__init__, include_extras=True)
    parameters = list(inspect.signature(command.__init__).parameters.values())[1:]
    values = {
        one.name: sample(hints[one.name], one.name, bare=bare)
        for one in parameters
        if not (bare and one.default is not one.empty)
    }
    made: Any = {**values, "by": by, **given}
    return command(**made)


def sample_commands(command: type[Command]) -> Iterator[Command]:
    """Commands of this type with all variants on which their boundary may depend."""
    hints = get_type_hints(command.__init__, include_extras=True)
    hints.pop("return", None)
    for by in (BY_ANNA, BY_KRING):
        yield sample_command(command, by)
        yield sample_command(command, by, bare=True)
        for name, hint in hints.items():
            for value in get_args(hint) if get_origin(hint) is Literal else ():
                yield sample_command(command, by, **{name: value})


def every_command() -> list[type[Command]]:
    """All commands of the domain that can be executed, from the loaded modules."""
    known = [one for one in _subclasses(Command) if one.__module__.startswith("domain.")]
    return sorted(
        (one for one in known if one.execute is not Command.execute), key=lambda one: (one.__module__, one.__name__)
    )


def _subclasses(kind: type[Any]) -> list[type[Any]]:
    return list(dict.fromkeys(one for direct in kind.__subclasses__() for one in (direct, *_subclasses(direct))))
