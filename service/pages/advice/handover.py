"""Handing an advice over: what still stands in the way, presenting it, and delivering it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from domain.foundation import Caller, Command, FileId, NotFound, PersonId, Selector, TeamId, Text
from projections.advice import Advice
from projections.teams import TEAMS
from service.api.http.bodies import require_distinct
from service.pages.advice.advice import HANDED_OVER, here_of, stale_parts, writes
from service.pages.advice.parts import PARTS, now_if_failed, part_of
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.preparing.advice import delivery_of, presentation_of
from service.reading.reader import Reader
from service.reading.whole_advice import WholeAdvice, material_of, receivers_of, whole_advice
from service.store.log.types import Receipt

PRESENTATION, DELIVERY = "presentation", "delivery"

Preparing = Callable[[Reader, TeamId, tuple[PersonId, ...], tuple[FileId, ...]], Awaitable[Callable[[Caller], Command]]]
"""Preparation of a command that hands an advice over to these people, with these files."""


class HandoverForm(Form):
    """The people to whom an advice is handed over, and the files that go with it."""

    to: Annotated[tuple[PersonId, ...], Meta(min_length=1, max_length=200), labelled("To whom", "Aan wie")]
    file_ids: Annotated[
        tuple[FileId, ...],
        Meta(max_length=200),
        labelled(
            "Files that go with it",
            "Bestanden die erbij gaan",
            Text(en="The commissioner can open them from then on.", nl="De opdrachtgever kan ze vanaf dan openen."),
        ),
    ] = ()


class AdviceHandoverPages(Controller):
    """The page on which a CoP hands its advice over."""

    path = "/teams/{team:str}/advice/handover"

    @get()
    async def show(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show what stands in the way of presenting the advice, and the forms that present and deliver it."""
        return await self._show(visit, team)

    @post("/presentation")
    async def present(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Present the advice."""
        return await self._hand_over(visit, team, PRESENTATION, presentation_of)

    @post("/delivery")
    async def deliver(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Deliver the presented advice."""
        return await self._hand_over(visit, team, DELIVERY, delivery_of)

    async def _hand_over(self, visit: Visit, team: TeamId, name: str, prepare: Preparing) -> Response[Any]:
        async def perform(form: HandoverForm, attempt: Attempt) -> Receipt:
            require_distinct("to", form.to)
            prepared = await prepare(visit.reader, team, form.to, form.file_ids)
            return await attempt.execute(lambda: prepared(attempt.by))

        return await visit.perform(
            HandoverForm,
            perform,
            name=name,
            then=f"/teams/{team}/advice",
            again=lambda: self._show(visit, team),
        )

    async def _show(self, visit: Visit, team: TeamId) -> Response[Any]:
        presentation, delivery = visit.form(HandoverForm, PRESENTATION), visit.form(HandoverForm, DELIVERY)
        reading = await now_if_failed(visit, failed=presentation.failed or delivery.failed)
        whole = await whole_advice(visit.reader, team, reading)
        row = await visit.reader.row(TEAMS, team, reading)
        if row is None or not whole.work.reads_all:
            raise NotFound
        may_write = writes(whole.work, visit)
        formed = whole.work.rights.require_team()
        receivers = await receivers_of(visit.reader, formed) if may_write else []
        files = (await material_of(whole.work, reading)).files if may_write else []
        stamps = await visit.stamps(Selector(types=HANDED_OVER, tags=[team]))
        named = [team, *stamps.actors(), *receivers, *row.members, row.organisation or ""]
        names = await visit.names(named)
        return visit.page(
            "advice/handover.html",
            here=here_of(visit),
            has_past=True,
            shown_at=await visit.reader.time_of(reading),
            live=team,
            sub="advice",
            team=row,
            advice=whole.advice,
            missing=missing_parts(whole),
            stale=stale_parts(whole.advice, whole.recommendations),
            silent=silent_members(whole.advice, row.members),
            receivers=receivers,
            files=files,
            presentation=presentation,
            delivery=delivery,
            writes=may_write,
            names=names,
            stamps=stamps,
        )


def missing_parts(whole: WholeAdvice) -> list[str]:
    """The parts that an advice needs and does not have (rule 16)."""
    needed = [one.kind for one in PARTS.values() if one.kind != "summary"]
    missing: list[str] = [one for one in needed if part_of(whole.advice, one) is None]
    return [*missing, *([] if whole.recommendations else ["recommendation"])]


def silent_members(advice: Advice | None, members: tuple[PersonId, ...]) -> list[PersonId]:
    """The members who have not judged the present version."""
    judged = set[str]() if advice is None else {one.member for one in advice.verdicts}
    return [one for one in members if one not in judged]
