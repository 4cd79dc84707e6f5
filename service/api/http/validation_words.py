"""Errors of fields in words for people: msgspec's messages name Python types and regular expressions.

Each wording is a predicate that follows the name of its field: "{field} is missing."
"""

import ast
import re
from collections.abc import Callable

from domain.foundation import END, ONE_LINE, SUFFIX, Text
from projections.wording.formats import counted, either

MALFORMED = Text(en="is not well-formed JSON in UTF-8", nl="is geen goedgevormde JSON in UTF-8")
TOO_DEEP = Text(en="is nested too deeply", nl="is te diep genest")
MISSING = Text(en="is missing", nl="ontbreekt")
EMPTY = Text(en="is empty", nl="is leeg")
NOT_KNOWN = Text(en="is not known here", nl="is hier niet bekend")
TWICE = Text(en="names something twice", nl="noemt iets twee keer")
OTHERWISE = Text(en="is not as described in the documentation", nl="is niet zoals in de documentatie staat")

OF_TYPE = {
    "str": Text(en="a text", nl="tekst"),
    "int": Text(en="a whole number", nl="geheel getal"),
    "float": Text(en="a number", nl="getal"),
    "bool": Text(en="true or false", nl="true of false"),
    "null": Text(en="null", nl="null"),
    "array": Text(en="a list", nl="lijst"),
    "object": Text(en="an object", nl="object"),
    "datetime": Text(
        en="a time with offset (2026-11-23T12:00:00+01:00)", nl="tijdstip met offset (2026-11-23T12:00:00+01:00)"
    ),
    "date": Text(en="a date (2026-11-23)", nl="datum (2026-11-23)"),
}
"""JSON types and string formats by msgspec's names. The Dutch text follows "geen"."""

A_TIME, A_DATE = OF_TYPE["datetime"], OF_TYPE["date"]

KINDS_OF_ID = {
    "announcement": Text(en="an announcement", nl="een mededeling"),
    "assignment": Text(en="a team assignment", nl="een teamindeling"),
    "ballot": Text(en="a ballot", nl="een stemming"),
    "booking": Text(en="a booking", nl="een boeking"),
    "calendar": Text(en="a calendar link", nl="een agendalink"),
    "challenge": Text(en="a challenge", nl="een vraagstuk"),
    "comment": Text(en="a comment", nl="een opmerking"),
    "commitment": Text(en="a commitment", nl="een toezegging"),
    "contact": Text(en="a contact", nl="een contactpersoon"),
    "expense": Text(en="an expense", nl="een uitgave"),
    "file": Text(en="a file", nl="een bestand"),
    "gathering": Text(en="a gathering", nl="een bijeenkomst"),
    "insight": Text(en="an insight", nl="een inzicht"),
    "interview": Text(en="an interview", nl="een interview"),
    "item": Text(en="an item of an itinerary", nl="een onderdeel van een reisprogramma"),
    "option": Text(en="an option of a date poll", nl="een optie van een datumprikker"),
    "organisation": Text(en="an organisation", nl="een organisatie"),
    "person": Text(en="a person", nl="een persoon"),
    "programme": Text(en="a programme", nl="een leergang"),
    "question": Text(en="a question", nl="een vraag"),
    "recommendation": Text(en="a recommendation", nl="een aanbeveling"),
    "signin": Text(en="a sign-in session", nl="een aanmelding"),
    "source": Text(en="a source", nl="een bron"),
    "stakeholder": Text(en="a stakeholder", nl="een belanghebbende"),
    "talk": Text(en="a talk", nl="een gesprek"),
    "team": Text(en="a CoP", nl="een CoP"),
    "token": Text(en="a token", nl="een token"),
    "trip": Text(en="a study trip", nl="een studiereis"),
}

PATTERNS: dict[str, Text] = {
    f"^[a-z_]{{1,63}}_{SUFFIX}{END}": Text(
        en="is not an id (prefix_ and 26 characters)", nl="is geen id (prefix_ en 26 tekens)"
    ),
    f"^[A-Za-z0-9_./:+-]{{1,200}}{END}": Text(
        en="is not a code of 1 to 200 letters, digits and _./:+-",
        nl="is geen code van 1 tot 200 letters, cijfers en _./:+-",
    ),
    f"^[A-Za-z0-9_./:+-]+{END}": Text(
        en="is not a key of letters, digits and _./:+-", nl="is geen sleutel van letters, cijfers en _./:+-"
    ),
    f"^[A-Z]{{3}}{END}": Text(en="is not a currency code (EUR)", nl="is geen valutacode (EUR)"),
    f"^[A-Za-z0-9_-]{{43}}{END}": Text(en="is not a digest of 43 characters", nl="is geen digest van 43 tekens"),
    ONE_LINE: Text(en="is not one line of text", nl="is niet één regel tekst"),
    f"^[^\\x00-\\x1f\\x7f]+@[^\\x00-\\x1f\\x7f]+{END}": Text(en="is not an e-mail address", nl="is geen e-mailadres"),
    f"^[!-~]+{END}": Text(en="is not the key of a job", nl="is geen sleutel van een taak"),
    f"^[a-z_]+{END}": Text(en="is not a kind of job", nl="is geen soort taak"),
    f"^[A-Za-z0-9_+/-]+{END}": Text(en="is not a time zone", nl="is geen tijdzone"),
    f"^[ -~]+{END}": Text(en="holds more than printable ASCII", nl="bevat meer dan afdrukbare ASCII"),
    "^[a-z_]+$": Text(en="is not the name of a field", nl="is niet de naam van een veld"),
}
"""Patterns of fields, with the error of a text that does not match. A test finds patterns without words."""

ID = re.compile(rf"\^([a-z]+)_{re.escape(SUFFIX)}.*", re.DOTALL)
UNITS = {
    "str": Text(en="# character|# characters", nl="# teken|# tekens"),
    "array": Text(en="# item|# items", nl="# onderdeel|# onderdelen"),
    "object": Text(en="# field|# fields", nl="# veld|# velden"),
}
BOUNDS = {
    ">=": Text(en="is less than {bound}", nl="is minder dan {bound}"),
    "<=": Text(en="is more than {bound}", nl="is meer dan {bound}"),
    ">": Text(en="is not more than {bound}", nl="is niet meer dan {bound}"),
    "<": Text(en="is not less than {bound}", nl="is niet minder dan {bound}"),
}
LENGTHS = {
    ">=": Text(en="has fewer than {units}", nl="heeft minder dan {units}"),
    "<=": Text(en="has more than {units}", nl="heeft meer dan {units}"),
}


def in_words(message: str) -> Text:
    """A message of msgspec about a field, as a predicate."""
    for shape, worded in MESSAGES:
        if (found := shape.match(message)) is not None:
            return worded(found)
    return OTHERWISE


def is_no(kind: Text) -> Text:
    """The predicate that something is not of a kind."""
    return Text(en=f"is not {kind.en}", nl=f"is geen {kind.nl}")


def of_pattern(pattern: str) -> Text | None:
    """The error of a text that does not match this pattern; None if the pattern has no words."""
    found = ID.fullmatch(pattern)
    if found is not None and found[1] in KINDS_OF_ID:
        kind = KINDS_OF_ID[found[1]]
        return Text(en=f"is not the id of {kind.en} ({found[1]}_…)", nl=f"is geen id van {kind.nl} ({found[1]}_…)")
    return PATTERNS.get(pattern)


def _expected(found: re.Match[str]) -> Text:
    """The error of a wrong type: "Expected `str | null`, got `int`"."""
    if found[1] == "object" and found[2] == "array":
        return is_no(OF_TYPE["object"])
    kinds = [OF_TYPE[one] for one in found[1].split(" | ") if one in OF_TYPE]
    if not kinds:
        return OTHERWISE
    return is_no(Text(en=either([one.en for one in kinds], "en"), nl=either([one.nl for one in kinds], "nl")))


def _pattern(found: re.Match[str]) -> Text:
    return of_pattern(ast.literal_eval(found[1])) or OTHERWISE


def _length(found: re.Match[str]) -> Text:
    if (found[2], found[3]) == (">=", "1"):
        return EMPTY
    units, text, bound = UNITS[found[1]], LENGTHS[found[2]], int(found[3])
    return Text(
        en=text.en.format(units=counted(bound, units.en, "en")), nl=text.nl.format(units=counted(bound, units.nl, "nl"))
    )


def _bound(found: re.Match[str]) -> Text:
    text = BOUNDS[found[1]]
    return Text(en=text.en.format(bound=found[2]), nl=text.nl.format(bound=found[2]))


def _always(text: Text) -> Callable[[re.Match[str]], Text]:
    return lambda _: text


MESSAGES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Text]], ...] = (
    (re.compile(r"Object missing required field"), _always(MISSING)),
    (re.compile(r"Object contains unknown field"), _always(NOT_KNOWN)),
    (re.compile(r"Expected `str` matching regex (.*)", re.DOTALL), _pattern),
    (re.compile(r"Expected `(str|array|object)` of length (>=|<=) (\d+)"), _length),
    (re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (-?[\d.]+)"), _bound),
    (re.compile(r"Expected `datetime` with a timezone component"), _always(is_no(A_TIME))),
    (re.compile(r"Invalid RFC3339 encoded datetime|Timestamp is out of range|Invalid epoch"), _always(is_no(A_TIME))),
    (re.compile(r"Invalid RFC3339 encoded date"), _always(is_no(A_DATE))),
    (
        re.compile(r"Invalid enum value"),
        _always(Text(en="is not one of the allowed values", nl="is geen van de toegestane waarden")),
    ),
    (
        re.compile(r"(?:Integer value|Number) out of range"),
        _always(Text(en="is out of range", nl="valt buiten de grenzen")),
    ),
    (re.compile(r"Expected `([^`]+)`, got `([^`]+)`"), _expected),
    (re.compile(r"Expected `([^`]+)`()"), _expected),
)
"""Messages of msgspec and their words; the first match counts."""
