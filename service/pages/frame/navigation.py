"""Navigation: the main menu of each role."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from domain.foundation import Text, TokenRole


class MenuItem(NamedTuple):
    """An item of the main menu. `icon`: the name of a symbol in `icons.svg`."""

    path: str
    icon: str
    label: Text


TODAY = MenuItem("/", "today", Text(en="Today", nl="Vandaag"))
CONSOLE = MenuItem("/", "today", Text(en="Console", nl="Regie"))
CHOICE = MenuItem("/choice", "choice", Text(en="Choice", nl="Keuze"))
MY_COP = MenuItem("/cop", "circle", Text(en="My CoP", nl="Mijn CoP"))
COPS = MenuItem("/cops", "circle", Text(en="CoPs", nl="CoP’s"))
AGENDA = MenuItem("/agenda", "calendar", Text(en="Agenda", nl="Agenda"))
STORY = MenuItem("/", "story", Text(en="Story", nl="Verhaal"))
FACTS = MenuItem("/", "story", Text(en="Facts", nl="Feiten"))
MORE = MenuItem("/more", "more", Text(en="More", nl="Meer"))

MENUS: dict[TokenRole, tuple[MenuItem, ...]] = {
    "participant": (TODAY, CHOICE, MY_COP, AGENDA, MORE),
    "facilitator": (CONSOLE, CHOICE, COPS, AGENDA, MORE),
    "manager": (CONSOLE, CHOICE, COPS, AGENDA, MORE),
    "commissioner": (STORY, MORE),
    "auditor": (FACTS, MORE),
    "reporting": (MORE,),
}
"""At most five items: they stand side by side under the thumb."""


def time_bar_of(path: str, as_of: int | datetime | None) -> str:
    """The address of the time bar of a page, which is shown as of this position or time."""
    moment = as_of.isoformat() if isinstance(as_of, datetime) else as_of
    return f"/time?{urlencode({'back': path} | ({} if moment is None else {'as_of': moment}))}"
