"""The catalogue of event types, made by importing every module of `domain.events`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

import domain.events
from domain.foundation import Event


@cache
def events() -> tuple[type[Event], ...]:
    """All event types, sorted by topic. Imports each module of `domain.events`, so that none can be missing."""
    for module in pkgutil.walk_packages(domain.events.__path__, prefix=f"{domain.events.__name__}."):
        importlib.import_module(module.name)
    known = [one for one in _subclasses(Event) if one.__module__.startswith(f"{domain.events.__name__}.")]
    return tuple(sorted((one for one in known if "TOPIC" in vars(one)), key=lambda one: one.TOPIC))


def _subclasses(kind: type[Any]) -> list[type[Any]]:
    return [one for direct in kind.__subclasses__() for one in (direct, *_subclasses(direct))]


@cache
def by_topic() -> Mapping[str, type[Event]]:
    """All event types, by topic."""
    return {one.TOPIC: one for one in events()}
