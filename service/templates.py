"""Templates of pages and mails. Their texts are English; each other language has a catalogue, `locale/` in their package.

A catalogue is read from its source (`.po`) once, when the first template in its language is used: there is no step that compiles
it. `python -m tests.catalogues` brings the catalogues up to date with the templates.
"""

from functools import cache, partial
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any, cast

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.foundation import Language
from projections.wording.formats import grouped

IN_TEMPLATES: Language = "en"


@cache
def environment(package: str, folder: str, language: Language) -> Environment:
    """The templates in a folder of a package, in one language. HTML is escaped."""
    found = Environment(
        loader=PackageLoader(package, folder),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.policies["ext.i18n.trimmed"] = True
    extended: Any = found  # by the extension
    extended.install_gettext_translations(_translations(package, language), newstyle=True)
    cast("dict[str, Any]", found.filters)["grouped"] = partial(grouped, language=language)
    return found


def _translations(package: str, language: Language) -> NullTranslations:
    if language == IN_TEMPLATES:
        return NullTranslations()
    source = files(package) / "locale" / language / "LC_MESSAGES" / "messages.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=language, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
