"""`python -m tests.catalogues`: update the translation catalogues from the templates.

New texts are added without a translation and unused texts are removed; the tests list untranslated texts. A changed text counts
as new.
"""

from pathlib import Path
from typing import Any, NamedTuple, get_args

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from domain.foundation import Language
from service.templates import IN_TEMPLATES

ROOT = Path(__file__).parent.parent
OPTIONS: dict[str, Any] = {
    "trimmed": "true",
    "silent": "false",
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
}
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""
LANGUAGES: list[Language] = [one for one in get_args(Language) if one != IN_TEMPLATES]


class Templates(NamedTuple):
    """The templates in a folder of a package, which also has their catalogues."""

    package: str
    folder: str

    @property
    def _package(self) -> Path:
        return ROOT.joinpath(*self.package.split("."))

    def files(self) -> list[Path]:
        """The templates, in order."""
        return sorted(one for one in (self._package / self.folder).rglob("*") if one.suffix in {".html", ".txt"})

    def catalogue(self, language: Language) -> Path:
        """The source of a catalogue."""
        return self._package / "locale" / language / "LC_MESSAGES" / "messages.po"


ALL = {
    "mails": Templates("workers.mail", "templates"),
    "pages": Templates("service.pages", "templates"),
}


def texts_of(templates: Templates) -> Catalog:
    """The texts in the templates."""
    found = Catalog(charset="utf-8")
    for file in templates.files():
        with file.open("rb") as source:
            for line, text, comments, context in extract("jinja2", source, options=OPTIONS):
                found.add(text, locations=[(file.name, line)], auto_comments=comments, context=context)
    return found


def read(file: Path, language: Language) -> Catalog:
    """The catalogue in a file; an empty one if the file does not exist."""
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def updated(templates: Templates, language: Language) -> Catalog:
    """A catalogue with exactly the current texts of its templates."""
    found = read(templates.catalogue(language), language)
    found.update(texts_of(templates), no_fuzzy_matching=True, update_creation_date=False)
    found.obsolete.clear()
    return found


def write() -> None:
    """Write all catalogues."""
    for templates in ALL.values():
        for language in LANGUAGES:
            file = templates.catalogue(language)
            file.parent.mkdir(parents=True, exist_ok=True)
            catalogue = updated(templates, language)
            with file.open("wb") as target:
                target.write(HEADER.format(language=language, plural_forms=catalogue.plural_forms).encode())
                write_po(target, catalogue, width=120, omit_header=True, include_lineno=False)


if __name__ == "__main__":
    write()
