"""Every kind of fact that there is: all modules of the domain are loaded for it."""

import importlib
import pkgutil
from functools import cache
from typing import Any

import domain
from domain.foundation import Fact


@cache
def facts() -> tuple[type[Fact], ...]:
    """The kinds of facts of the domain, by topic."""
    for module in pkgutil.iter_modules(domain.__path__):
        importlib.import_module(f"{domain.__name__}.{module.name}")
    known = [one for one in _subclasses(Fact) if one.__module__.startswith(f"{domain.__name__}.")]
    return tuple(sorted((one for one in known if "TOPIC" in vars(one)), key=lambda one: one.TOPIC))


def _subclasses(kind: type[Any]) -> list[type[Any]]:
    return [one for direct in kind.__subclasses__() for one in (direct, *_subclasses(direct))]
