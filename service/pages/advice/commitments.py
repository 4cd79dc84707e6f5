"""Commitments: those of a programme or an organisation that the visitor may see, and one of them."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.commitment import CommitmentMade, CommitmentMoved, CommitmentSettled
from domain.foundation import CommitmentId, Event, NotFound, Selector
from projections.commitments import Commitment
from projections.teams import TEAMS
from service.pages.advice.advice import here_of
from service.pages.frame.visit import Visit
from service.reading.commitments import (
    can_see_commitment,
    commitments_of_organisation,
    commitments_of_programme,
    visible_commitment,
)
from service.reading.options import ListOptions, Page

MAX_SHOWN = 30
EVENTS: list[type[Event]] = [CommitmentMade, CommitmentMoved, CommitmentSettled]


class CommitmentPages(Controller):
    """Pages about commitments."""

    path = "/commitments"

    @get()
    async def list_all(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """List the commitments of the place, those that are open first."""
        found = await commitments_in(visit)
        shown_at = await visit.reader.time_of(visit.reading)
        about = [one.id for one in found.items] or [visit.person]  # a query without tags would read the whole log
        stamps = await visit.stamps(*[Selector(types=EVENTS, tags=[one]) for one in about])
        ids = {id_ for one in found.items for id_ in (one.organisation, one.challenge) if id_}
        return visit.page(
            "advice/commitments.html",
            here="/more",
            has_past=True,
            shown_at=shown_at,
            live=visit.programme or visit.organisation or "",
            found=found,
            late=sum(one.status == "open" and one.due_on < shown_at.date() for one in found.items),
            promises=sorted(found.items, key=lambda one: (one.status != "open", one.due_on)),
            names=await visit.names([*stamps.actors(), *ids]),
            stamps=stamps,
        )

    @get("/{commitment:str}")
    async def show(self, visit: NamedDependency[Visit], commitment: FromPath[CommitmentId]) -> Response[Any]:
        """Show a commitment with every due date that it has had."""
        row = await visible_commitment(visit.reader, commitment, visit.reading)
        await visit.reader.unseal([row])
        team = await visit.reader.row(TEAMS, row.team, visit.reading)
        if team is None:
            raise NotFound
        stamps = await visit.stamps(Selector(types=EVENTS, tags=[commitment]))
        ids = [row.challenge, row.recommendation, *([row.organisation] if row.organisation else [])]
        return visit.page(
            "advice/commitment.html",
            here=here_of(visit),
            has_past=True,
            live=commitment,
            sub="advice",
            team=team,
            it=row,
            sees_recommendation=can_see_commitment(await visit.rights(), row),
            names=await visit.names([*stamps.actors(), *ids]),
            stamps=stamps,
        )


async def commitments_in(visit: Visit) -> Page[Commitment]:
    """A page of the commitments in the programme or of the organisation of the place. Raises `NotFound` without a place."""
    listing = ListOptions(visit.request.query_params.get("cursor", ""), MAX_SHOWN, *visit.reading)
    if visit.programme is not None:
        return await commitments_of_programme(visit.reader, visit.programme, listing)
    if visit.organisation is not None:
        return await commitments_of_organisation(visit.reader, visit.organisation, listing)
    raise NotFound
