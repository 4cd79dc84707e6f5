"""Templates of pages and mails are fully translated, and catalogues have no other texts."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import nodes

from domain.foundation import Language
from service.templates import environment
from tests.catalogues import ALL, LANGUAGES, ROOT, Templates, read, texts_of

NAMES = {"Kring", "English", "Nederlands"}
"""Words that are the same in every language."""
IN_ENGLISH = {"docs.html"}
"""Templates in English only: the documentation of the API, like the contract in it."""
READ_ALOUD = {"alt", "aria-label", "placeholder", "title"}
"""Attributes whose values people read or hear."""
CATALOGUES = [(which, language) for which in ALL for language in LANGUAGES]
FILES = [file for templates in ALL.values() for file in templates.files() if file.name not in IN_ENGLISH]


def texts(catalogue: Catalog) -> set[object]:
    return {(one.id, one.context) for one in catalogue if one.id}


def untranslated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return message.fuzzy or not all(forms)


@pytest.mark.parametrize(("which", "language"), CATALOGUES)
def test_a_catalogue_has_exactly_the_texts_of_its_templates(which: str, language: Language) -> None:
    templates = ALL[which]
    found = read(templates.catalogue(language), language)
    assert (texts(found) ^ texts(texts_of(templates)), list(found.obsolete)) == (set(), []), (
        "python -m tests.catalogues"
    )


@pytest.mark.parametrize(("which", "language"), CATALOGUES)
def test_every_text_of_a_catalogue_is_translated_with_its_placeholders(which: str, language: Language) -> None:
    found = read(ALL[which].catalogue(language), language)
    assert [one.id for one in found if one.id and untranslated(one)] == []
    assert [str(error) for _, errors in found.check() for error in errors] == []
    assert [one.id for one in found if one.id and placeholders(one.id) != placeholders(one.string)] == []


def placeholders(text: object) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", str(text)))


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.name)
def test_a_template_has_no_untranslated_words(file: Path) -> None:
    (which,) = (one for one in ALL.values() if file in one.files())
    assert sorted(untranslated_words(which, file) - NAMES) == []


def untranslated_words(templates: Templates, file: Path) -> set[str]:
    """The untranslated words of a template, in its text and in the constants of its expressions."""
    reader = Words()
    reader.feed("".join(pieces(environment(templates.package, templates.folder, "en").parse(file.read_text()))))
    return reader.found


def pieces(node: nodes.Node) -> Iterator[str]:
    """The parts of a template in order: its text, and in the place of an expression the constants that it may output."""
    match node:
        case nodes.TemplateData():
            yield node.data
        case nodes.Output():
            for one in node.nodes:
                yield from (
                    pieces(one) if isinstance(one, nodes.TemplateData) else (f"{said} " for said in constants(one))
                )
        case nodes.Assign() if not isinstance(node.node, nodes.Dict | nodes.List | nodes.Tuple):
            yield from constants(node.node)
        case nodes.Assign() | nodes.Expr():
            return
        case _:
            for one in node.iter_child_nodes(only=("body", "elif_", "else_")):
                yield from pieces(one)


def constants(node: nodes.Node) -> Iterator[str]:
    """Strings that an expression may output, except arguments of functions, filters and tests."""
    match node:
        case nodes.Const():
            yield from [node.value] if isinstance(node.value, str) else []
        case nodes.Call() | nodes.Test() | nodes.Compare() | nodes.Getitem():
            return
        case nodes.Filter():
            yield from constants(node.node) if node.node is not None else ()
        case nodes.CondExpr():
            yield from constants(node.expr1)
            yield from constants(node.expr2) if node.expr2 is not None else ()
        case _:
            for one in node.iter_child_nodes():
                yield from constants(one)


class Words(HTMLParser):
    """Collects the words of a page, except those in code."""

    def __init__(self) -> None:
        super().__init__()
        self.found, self.code = set[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.code += tag == "code"
        for name, value in attrs:
            if name in READ_ALOUD:
                self.handle_data(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.found |= set(re.findall(r"[^\W\d_]{2,}", data))


def test_untranslated_words_are_found(tmp_path: Path) -> None:
    (file := tmp_path / "one.html").write_text(
        """{% extends "layout.html" %}<p aria-label="Label">Plain <code>code</code> {{ "chosen" if x == "not" else y }}
        {% if x == "neither" %}{% trans %}Translated{% endtrans %} {{ y | replace("nor", "this") }}{% endif %}</p>"""
    )
    assert untranslated_words(ALL["mails"], file) == {"Label", "Plain", "chosen"}


CHOOSES_LANGUAGE = {"domain/foundation.py"}
"""The files that may choose between languages."""


@pytest.mark.parametrize("package", ["domain", "projections", "service", "workers"])
def test_only_text_and_catalogues_choose_between_languages(package: str) -> None:
    """No code compares with a language, or has a table by language except of locales."""
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in sorted((ROOT / package).rglob("*.py"))
        if str(file.relative_to(ROOT)) not in CHOOSES_LANGUAGE
        for line in choices(ast.parse(file.read_text()))
    ]
    assert found == []


def choices(tree: ast.Module) -> Iterator[int]:
    """The lines of code that choose by language."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others) if any(is_language(one) for one in (left, *others)):
                yield node.lineno
            case ast.MatchValue(value=value) if is_language(value):
                yield value.lineno
            case ast.Dict(keys=keys, values=values) if any(key is not None and is_language(key) for key in keys):
                if not all(isinstance(one, ast.Call) and ast.unparse(one.func) == "Locale" for one in values):
                    yield node.lineno
            case _:
                pass


def is_language(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in get_args(Language)


@pytest.mark.parametrize("code", ['x == "nl"', '"en" != x', '{"nl": "ja", "en": "yes"}', 'match x:\n case "nl": pass'])
def test_a_choice_between_languages_is_found(code: str) -> None:
    assert list(choices(ast.parse(code))) != []


def test_a_table_of_locales_is_not_a_choice_between_languages() -> None:
    assert list(choices(ast.parse('{"nl": Locale("nl"), "en": Locale("en", "GB")}'))) == []
