"""The page on which one searches, within the programme or organisation of the place."""

from itertools import groupby
from typing import Any, NamedTuple

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from domain.foundation import Text
from service.pages.frame.addresses import address
from service.pages.frame.forms import wrong_in_words
from service.pages.frame.visit import Visit
from service.reading.options import BadText, ListOptions
from service.reading.searching.matching import Range
from service.reading.searching.search import (
    MAX_QUERY_LENGTH,
    Found,
    Hit,
    search_organisation,
    search_programme,
)

SHOWN = 30
TOO_LONG = Text(en="is longer than 200 characters", nl="is langer dan 200 tekens")

KINDS: dict[str, Text] = {
    "programme": Text(en="Programme", nl="Leergang"),
    "organisation": Text(en="Organisations", nl="Organisaties"),
    "person": Text(en="People", nl="Mensen"),
    "announcement": Text(en="Announcements", nl="Mededelingen"),
    "challenge": Text(en="Challenges", nl="Vraagstukken"),
    "team": Text(en="CoPs", nl="CoP’s"),
    "motivation": Text(en="Motivations of preferences", nl="Motivaties van voorkeuren"),
    "gathering": Text(en="Gatherings", nl="Bijeenkomsten"),
    "minutes": Text(en="Minutes", nl="Verslagen"),
    "trip": Text(en="Study trips", nl="Studiereizen"),
    "item": Text(en="Itineraries", nl="Reisprogramma’s"),
    "expense": Text(en="Expenses", nl="Uitgaven"),
    "booking": Text(en="Bookings", nl="Boekingen"),
    "source": Text(en="Sources", nl="Bronnen"),
    "interview": Text(en="Interviews", nl="Gesprekken"),
    "insight": Text(en="Insights", nl="Inzichten"),
    "stakeholder": Text(en="Stakeholders", nl="Belanghebbenden"),
    "file": Text(en="Files", nl="Bestanden"),
    "comment": Text(en="Comments", nl="Opmerkingen"),
    "problem_statement": Text(en="Problem statements", nl="Probleemstellingen"),
    "guiding_question": Text(en="Guiding questions", nl="Leidende vragen"),
    "answer": Text(en="Answers", nl="Antwoorden"),
    "summary": Text(en="Summaries", nl="Samenvattingen"),
    "dissent": Text(en="Dissents", nl="Afwijkende standpunten"),
    "recommendation": Text(en="Recommendations", nl="Aanbevelingen"),
    "response": Text(en="Responses", nl="Reacties"),
    "progress": Text(en="Progress", nl="Voortgang"),
    "rejoinder": Text(en="Rejoinders", nl="Weerwoorden"),
    "closure": Text(en="Outcomes", nl="Uitkomsten"),
    "commitment": Text(en="Commitments", nl="Toezeggingen"),
}
"""The kinds of things that are searched, as headings."""

PARTS_OF_ADVICE = frozenset({"problem_statement", "guiding_question", "answer", "summary", "dissent"})
WITH_PARTS = frozenset({"comment", "commitment", "item", "expense", "booking"})
"""Kinds that are shown on the page of another thing."""


class Piece(NamedTuple):
    """A piece of a text. `matches`: it is a word that was searched for."""

    text: str
    matches: bool


class Result(NamedTuple):
    """Something that was found, with the address of its page."""

    hit: Hit
    pieces: list[Piece]
    path: str | None


class Group(NamedTuple):
    """The results of one kind."""

    heading: Text
    results: list[Result]


class SearchPages(Controller):
    """Searching."""

    path = "/search"

    @get()
    async def search(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Search for the words `q` in what the visitor may see here."""
        words = visit.request.query_params.get("q", "").strip()
        wrong, found = None, None
        if words and visit.place is not None:
            try:
                found = await _found(visit, words, visit.request.query_params.get("cursor", ""))
            except BadText as refusal:
                said = refusal.values["wrong"]
                assert isinstance(said, Text)
                wrong = wrong_in_words(said, visit.language)
        return visit.page(
            "search.html",
            status=200 if wrong is None else 422,
            here="/more",
            signed_in=visit.signed_in,
            q=words,
            wrong=wrong,
            found=found,
            groups=[] if found is None else _groups(found.items),
            has_past=bool(words),
        )


async def _found(visit: Visit, words: str, cursor: str) -> Found:
    """The things with these words in the place. Raises `BadText`."""
    if len(words) > MAX_QUERY_LENGTH:
        raise BadText("q", TOO_LONG)
    listing = ListOptions(cursor, SHOWN, visit.reading.at_least, visit.reading.as_of)
    if visit.programme is not None:
        return await search_programme(visit.reader, visit.programme, words, listing, visit.language)
    assert visit.organisation is not None, "a place is a programme or an organisation"
    return await search_organisation(visit.reader, visit.organisation, words, listing, visit.language)


def _groups(hits: list[Hit]) -> list[Group]:
    """The results by kind; the kind with the best result comes first."""
    order = list(dict.fromkeys(one.kind for one in hits))
    sorted_hits = sorted(hits, key=lambda one: order.index(one.kind))
    return [
        Group(KINDS[kind], [Result(one, _pieces(one.text, one.matches), path_of(one)) for one in theirs])
        for kind, theirs in groupby(sorted_hits, key=lambda one: one.kind)
    ]


def _pieces(text: str, matches: list[Range]) -> list[Piece]:
    pieces, at = list[Piece](), 0
    for one in matches:
        pieces += [Piece(text[at : one.start], matches=False), Piece(text[one.start : one.end], matches=True)]
        at = one.end
    return [one for one in (*pieces, Piece(text[at:], matches=False)) if one.text]


def path_of(hit: Hit) -> str | None:
    """The address of the page with something that was found: its own, that of the thing or of the CoP to which it belongs."""
    if hit.kind == "programme":
        return "/"
    if hit.kind in PARTS_OF_ADVICE:
        return f"/teams/{hit.id}/advice"
    if hit.kind in WITH_PARTS and hit.of is not None and (whole := address(hit.of)) is not None:
        return f"{whole}#{hit.id}"
    own = address(hit.id)
    if own is not None:
        return own
    return None if hit.team is None else f"/teams/{hit.team}#{hit.id}"
