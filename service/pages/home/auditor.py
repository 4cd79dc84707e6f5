"""The home page of an auditor: the facts that their organisation may read, the newest first."""

from typing import Any

from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from litestar import Response

from service.pages.facts import in_words_of
from service.pages.frame.visit import Visit
from service.reading.feed import can_read
from service.reading.options import MAX_POSITION

SHOWN = 20
READ = 60
"""Facts that are read for one page: some may be about challenges that the auditor does not audit."""


async def auditor(visit: Visit) -> Response[Any]:
    """Show the facts of the auditor's organisation, the newest first, with pseudonyms for people."""
    await visit.reader.wait_for_views(visit.recorded)
    rights, until = await visit.rights(), await visit.reader.position_of(visit.reading)
    stated = visit.request.query_params.get("before", "")
    before = int(stated) if stated.isdecimal() and stated.isascii() else MAX_POSITION
    last = min(before - 1, MAX_POSITION if until is None else until)
    query = DCBQuery([DCBQueryItem(tags=[f"to:{visit.organisation}"])])
    read, _ = await visit.kring.log.read(query, until=last, limit=READ, newest=True)
    found = [one for one in reversed(read) if can_read(rights, one)]
    shown = found[:SHOWN]
    is_more = len(found) > SHOWN or len(read) == READ
    following = None if not is_more else shown[-1].position if shown else read[0].position
    return visit.page(
        "home/auditor.html",
        here="/",
        has_past=True,
        live=visit.organisation if not stated and not visit.is_past else "",
        facts=await in_words_of(visit, rights, shown),
        following=following,
        is_first=not stated,
    )
