"""The home page of a commissioner: where their challenges stand, what is due, and what they never read."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from litestar import Response

from domain.foundation import NotFound, OrganisationId, Text
from service.pages.frame.visit import Visit
from service.pages.home import asked
from service.pages.home.news import news_of, path_of
from service.reading.commissions import Commission, commissions_of
from service.reading.options import ListOptions, ReadOptions
from service.reading.permissions import organisation_rights
from service.reading.to_dos import to_dos_of
from service.reading.trail import never_visible_types, readable_programmes
from service.reading.trips import trip_rights

SHOWN = 10
"""Challenges on one page."""

UNTOLD: Mapping[tuple[str, ...], tuple[Text, Text]] = {
    ("research.stakeholder", "research.talk"): (
        Text(en="who matters, and who is for or against", nl="wie ertoe doet, en wie voor of tegen is"),
        Text(en="the judgement of the CoP about people", nl="het oordeel van de CoP over mensen"),
    ),
    ("research.", "team.file"): (
        Text(en="sources, interviews, insights and files", nl="bronnen, gesprekken, inzichten en bestanden"),
        Text(
            en="of the CoP, until it shares them or cites them in its advice",
            nl="van de CoP, tot ze die deelt of er in het advies naar verwijst",
        ),
    ),
    ("advice.",): (
        Text(
            en="drafts of the advice, and verdicts of members on it",
            nl="concepten van het advies en oordelen van leden",
        ),
        Text(en="you read what is presented", nl="je leest wat is gepresenteerd"),
    ),
    ("trip.",): (
        Text(
            en="plans, bookings and expenses of the study trip", nl="plannen, boekingen en uitgaven van de studiereis"
        ),
        Text(en="between the members", nl="tussen de leden"),
    ),
    ("gathering.", "team.comment"): (
        Text(en="minutes, attendance and comments", nl="verslagen, aanwezigheid en opmerkingen"),
        Text(en="between those who were there", nl="tussen wie erbij waren"),
    ),
    ("ballot.",): (
        Text(en="who voted, and for what", nl="wie stemde, en waarop"),
        Text(en="you get the result, not the papers", nl="de uitslag krijg je, de stembiljetten niet"),
    ),
    ("team.preferences", "team.assignment"): (
        Text(en="preferences, and how the teams were composed", nl="voorkeuren, en hoe de teams werden samengesteld"),
        Text(en="you read who works for you", nl="je leest wie er voor je werken"),
    ),
}
"""Groups of the facts that no organisation reads, by the beginning of their types: the first one that fits counts."""


class Untold(NamedTuple):
    """A group of facts that no organisation reads, with their number so far; None: it is not known here."""

    texts: tuple[Text, Text]
    many: int | None


async def commissioner(visit: Visit) -> Response[Any]:
    """Show a commissioner where each of their challenges stands, and what is due."""
    organisation = visit.organisation
    assert organisation is not None, "commissioners have a place at an organisation"
    reader, reading = visit.reader, visit.reading
    views = await reader.wait_for_views(visit.recorded)
    to_dos = [] if visit.is_past else await to_dos_of(reader, views, await trip_rights(reader))
    cursor = visit.request.query_params.get("cursor", "")
    listing = ListOptions(cursor, SHOWN, reading.at_least, reading.as_of)
    found = await commissions_of(reader, organisation, listing)
    shown = await asked.shown(visit, to_dos)
    news = None if visit.is_past or cursor else await news_of(visit, to_dos)
    answer = visit.page(
        "home/commissioner.html",
        here="/",
        has_past=True,
        live="" if visit.is_past else organisation,
        organisation=organisation,
        asked=shown,
        more=len(to_dos) - len(shown),
        due=[one for one in to_dos if one.kind == "respond"],
        found=found,
        suffix=f"?as_of={visit.request.query_params['as_of']}" if visit.is_past else "",
        is_first=not cursor,
        promised=[one for commission in found.items for one in commission.commitments if one.status == "open"],
        days_until=partial(asked.days_until, visit),
        news=news,
        path_of=partial(path_of, outside=True),
        untold=await _untold(visit, organisation, reading),
        names=await visit.names([organisation, *(one.about for one in shown), *_named(found.items)]),
    )
    return answer if news is None else news.remember(visit, answer)


def _named(commissions: list[Commission]) -> list[str]:
    return [team.id for one in commissions for team in one.teams]


async def _untold(visit: Visit, organisation: OrganisationId, reading: ReadOptions) -> list[Untold]:
    """The groups of facts that the organisation never reads, with their numbers if the caller reads its whole trail."""
    access, until = await organisation_rights(visit.reader, organisation), await visit.reader.position_of(reading)
    try:
        within = await readable_programmes(visit.reader, access, organisation, until)
    except NotFound:  # a contact for some challenges
        return [Untold(texts, None) for texts in UNTOLD.values()]
    numbers = dict.fromkeys(UNTOLD, 0)
    for one in await never_visible_types(visit.kring, organisation, within, until):
        group = next((group for group in UNTOLD if one.type.startswith(group)), None)
        if group is not None:
            numbers[group] += one.so_far
    return [Untold(UNTOLD[group], many) for group, many in numbers.items()]
