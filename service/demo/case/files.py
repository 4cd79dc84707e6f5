"""The files of the cases: TOML, with names of people by key, and days relative to a week."""

import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any, TypeAlias, cast

File: TypeAlias = dict[str, Any]

FIRST_NAME = re.compile(r"\{(\w+)\}")
"""The first name of the person with this key: `{jorn} zoekt het uit`."""
DAY = re.compile(r"day ([+-]\d+)(?:, (\d\d:\d\d))?")
"""A day after or before a Monday, perhaps with a local time: `day -4, 19:30`."""
YEAR = re.compile(r"year of day ([+-]\d+)")


def read(name: str, programme: File | None = None) -> File:
    """The file with this name. `programme`: the file with the people to whom its texts refer, by default itself."""
    file = tomllib.loads(files("service.demo.case").joinpath(f"{name}.toml").read_text("utf-8"))
    first = {one["key"]: one["name"].partition(" ")[0] for one in (file if programme is None else programme)["people"]}
    return cast("File", _each_text(file, lambda text: FIRST_NAME.sub(lambda found: first[found[1]], text)))


def placed(file: File, monday: date) -> File:
    """The file with its days as dates or local times around the week that begins on this Monday."""

    def place(text: str) -> object:
        if found := DAY.fullmatch(text):
            day = monday + timedelta(days=int(found[1]))
            return datetime.combine(day, time.fromisoformat(found[2])) if found[2] else day
        if found := YEAR.fullmatch(text):
            return str((monday + timedelta(days=int(found[1]))).year)
        return text

    return cast("File", _each_text(file, place))


def referred(file: File, other: File) -> File:
    """The programme in `file`, with the people (`also`) and organisations that it shares with the programme in `other`."""
    also = file["also"]
    people = [one for one in other["people"] if one["key"] in also]
    own = {name: value for name, value in file.items() if name != "also"}
    return {
        **own,
        "people": [*people, *file["people"]],
        "organisations": [*other["organisations"], *file["organisations"]],
    }


def _each_text(part: object, change: Callable[[str], object]) -> object:
    match part:
        case str():
            return change(part)
        case dict():
            return {name: _each_text(value, change) for name, value in cast("File", part).items()}
        case list():
            return [_each_text(one, change) for one in cast("list[object]", part)]
        case _:
            return part
