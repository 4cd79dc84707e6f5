"""People on pages: their initials, and the names that a page shows."""

from collections.abc import Collection, Mapping

from domain.foundation import AnyId, Language
from projections.wording.bidi import isolated
from projections.wording.names import NAMELESS, Name, display_name, kind_of, shortened
from service.kring import Kring
from service.reading.names import names_of
from service.store.unsealing import open_texts

PARTICLES = frozenset(
    {"al", "da", "de", "del", "den", "der", "di", "du", "el", "het", "la", "ten", "ter", "van", "von", "'t", "’t"}
)
"""Words inside a family name that initials leave out."""


def initials(name: str) -> str:
    """At most two initials of a name: `ME` for Marloes van Eerden."""
    words = [one for one in name.split() if one.lower() not in PARTICLES] or name.split()
    letters = [one[0] for one in words if one]
    if not letters:
        return "?"
    return letters[0].upper() if len(letters) == 1 else f"{letters[0]}{letters[-1]}".upper()


class Names:
    """The names of things on a page, in its language."""

    def __init__(self, names: Mapping[str, Name], language: Language) -> None:
        self._names: Mapping[str, Name] = names
        self._language: Language = language

    def of(self, one: str | None) -> str:
        """The name of an id; of an actor without a person or organisation, Kring. A thing without a name has that of its kind."""
        if one is None or (one not in self._names and kind_of(one) not in NAMELESS):
            return "Kring"
        return display_name(one, self._names, self._language)

    def title(self, one: str) -> str:
        """The title of a thing that is named by its text, such as a challenge, without the quotation marks of a sentence."""
        found = self._names.get(one)
        words = None if found is None or found.words is None else found.words.text
        return self.of(one) if words is None else isolated(shortened(words))

    def zone(self, programme: str | None) -> str | None:
        """The time zone of a programme, if its name is known."""
        found = self._names.get(programme or "")
        return None if found is None else found.zone


async def open_names(
    kring: Kring,
    ids: Collection[str],
    language: Language,
    until: int | None = None,
    *,
    named: Collection[str] | None = None,
) -> Names:
    """The names of these ids, now or as of `until`. `named`: the people whose names are shown; None: everybody's."""
    found = await names_of(kring, {one for one in ids if one}, until)
    if named is not None:
        hidden = [one for one in found if one.startswith("person_") and one not in named]
        found |= {one: Name(id=AnyId(one)) for one in hidden}
    await open_texts(kring.log, kring.keys, found.values())
    return Names(found, language)
