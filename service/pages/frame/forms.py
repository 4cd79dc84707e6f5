"""Forms: their declared fields, how an answer of a browser becomes values, and what is kept when it is refused.

A form is a msgspec struct whose fields are `labelled`. Browsers send text only: an empty field is absent, a list is a repeated
field, and a checkbox is present or not (HTML Standard 4.10.21.4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Meta, Struct, ValidationError, convert, structs

from domain.foundation import Language, Refusal, Text
from projections.wording.sentences import refusal_in_words
from service.api.http.bodies import check
from service.api.http.validation_words import MISSING, in_words
from service.reading.options import BadText

MAX_FIELDS = 2_000
"""Fields of one answer: the largest form ranks or ticks all challenges of a ballot."""
THIS = Text(en="This {wrong}.", nl="Dit {wrong}.")

Entered = Mapping[str, Sequence[str]]
"""Typed texts and chosen options, by field."""


class Form(Struct, kw_only=True):
    """The fields of a form. Subclasses declare them with `labelled`."""


Filled = TypeVar("Filled", bound=Form)


def labelled(en: str, nl: str, hint: Text | None = None) -> Meta:
    """Declare the label of a field, and a hint below it."""
    return Meta(extra={"label": Text(en, nl), "hint": hint})


class Described(Struct, frozen=True):
    """A field as a page shows it. `max_length`: in characters, if it has one."""

    label: Text
    hint: Text | None
    required: bool
    max_length: int | None


@cache
def fields_of(form: type[Form]) -> dict[str, Described]:
    """The declared fields of a form, by name."""
    hints = get_type_hints(form, include_extras=True)
    return {one.name: _described(hints[one.name], required=_is_required(one)) for one in structs.fields(form)}


@dataclass
class FormState:
    """A form on a page: what was entered, and what is wrong with it.

    `command`: names the command, so that sending the form twice records it once (rule 24).
    """

    name: str
    form: type[Form]
    language: Language
    command: str
    entered: Entered = field(default_factory=dict[str, Sequence[str]])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    refusal: str | None = None

    @property
    def failed(self) -> bool:
        """Whether an answer was refused."""
        return bool(self.errors) or self.refusal is not None

    def label(self, name: str) -> str:
        """The label of a field."""
        return fields_of(self.form)[name].label.in_language(self.language)

    def hint(self, name: str) -> str:
        """The hint of a field, or nothing."""
        hint = fields_of(self.form)[name].hint
        return "" if hint is None else hint.in_language(self.language)

    def id_of(self, name: str) -> str:
        """The id of a field's element."""
        return f"{self.name}-{name}"

    def attributes(self, name: str) -> dict[str, str]:
        """The attributes that connect a field with its hint and its error (WAI-ARIA 1.2)."""
        notes = [f"{self.id_of(name)}-hint"] if self.hint(name) else []
        if name not in self.errors:
            return {"aria-describedby": " ".join(notes)} if notes else {}
        return {"aria-describedby": " ".join([*notes, f"{self.id_of(name)}-error"]), "aria-invalid": "true"}

    def described(self, name: str) -> Described:
        """The declaration of a field."""
        return fields_of(self.form)[name]

    def value(self, name: str, default: object = "") -> str:
        """The text in a field: as it was entered, else the default."""
        if not self.failed:
            return "" if default is None else str(default)
        return next(iter(self.entered.get(name, ())), "")

    def chosen(self, name: str, option: str, default: Sequence[str] = ()) -> bool:
        """Whether an option is chosen: as it was entered, else by default."""
        return option in (self.entered.get(name, ()) if self.failed else default)

    def refuse(self, refusal: Refusal) -> None:
        """Note a refusal: beside its field if the form has it, else above the form."""
        said = _in_words(refusal, self.language)
        if refusal.field in fields_of(self.form):
            self.errors[refusal.field] = said
        else:
            self.refusal = said


def filled(form: type[Filled], entered: Entered) -> tuple[Filled | None, dict[str, Text]]:
    """The values of a form, or what is wrong with each field, as a predicate."""
    hints = get_type_hints(form, include_extras=True)
    values, wrong = dict[str, Any](), dict[str, Text]()
    for one in structs.fields(form):
        found = _entered(entered.get(one.name, ()), hints[one.name])
        if found is None:
            if _is_required(one):
                wrong[one.name] = MISSING
            continue
        try:
            values[one.name] = convert(found, hints[one.name], strict=False)
        except ValidationError as error:
            wrong[one.name] = in_words(str(error))
    if wrong:
        return None, wrong
    made = form(**values)
    check(made)
    return made, {}


def wrong_in_words(wrong: Text, language: Language) -> str:
    """The fault of a field, as a sentence beside it."""
    return THIS.in_language(language).format(wrong=wrong.in_language(language))


def _in_words(refusal: Refusal, language: Language) -> str:
    if isinstance(refusal, BadText):  # its sentence names the field as programs know it
        wrong = refusal.values["wrong"]
        assert isinstance(wrong, Text)
        return wrong_in_words(wrong, language)
    return refusal_in_words(refusal, language)


def _entered(texts: Sequence[str], hint: Any) -> object:
    """The content of a field; None if it is absent. Line ends become those of the log (HTML Standard 4.10.21.4 sends CRLF)."""
    found = [one.replace("\r\n", "\n").replace("\r", "\n") for one in texts if one.strip()]
    if _is_list(hint):
        return found
    if _bare(hint) is bool:
        return bool(found)
    return found[0] if found else None


def _is_list(hint: Any) -> bool:
    return get_origin(_bare(hint)) in {list, tuple}


def _bare(hint: Any) -> Any:
    return _bare(get_args(hint)[0]) if get_origin(hint) is Annotated else hint


def _is_required(one: structs.FieldInfo) -> bool:
    return one.default is NODEFAULT and one.default_factory is NODEFAULT


def _described(hint: Any, *, required: bool) -> Described:
    metas = list[Meta]()
    while get_origin(hint) is Annotated:
        metas += [one for one in get_args(hint)[1:] if isinstance(one, Meta)]
        hint = get_args(hint)[0]
    for part in get_args(hint):  # `Annotated[…] | None`
        if get_origin(part) is Annotated:
            metas += [one for one in get_args(part)[1:] if isinstance(one, Meta)]
    stated = next(one.extra for one in metas if one.extra is not None and "label" in one.extra)
    longest = next((one.max_length for one in metas if one.max_length is not None), None)
    return Described(stated["label"], stated["hint"], required, None if _is_list(hint) else longest)
