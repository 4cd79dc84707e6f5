"""Writing recommendations: what is recommended to whom, and the evidence for it."""

from typing import Annotated, Any, NamedTuple

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from domain.advice.advice import FormulateRecommendation, ReviseRecommendation
from domain.events.advice import Addressee, RecommendationFormulated
from domain.foundation import (
    AnyId,
    NotFound,
    OrganisationId,
    RecommendationId,
    Selector,
    StakeholderId,
    TeamId,
    Text,
    Words,
)
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from projections.recommendations import RECOMMENDATIONS, Recommendation
from projections.teams import TEAMS
from service.api.http.bodies import Prose, Title, require_distinct, words
from service.pages.advice.advice import here_of, writes
from service.pages.advice.evidence import Cited, options, people_in
from service.pages.advice.parts import BasedOn, ConfirmationForm, now_if_failed, number_in, show_parts
from service.pages.advice.word_differences import Piece, differences
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.reading.options import ListOptions
from service.reading.team_work import work_of
from service.reading.whole_advice import material_of
from service.store.log.types import Receipt

MAX_ORGANISATIONS = 100


class RecommendationForm(Form, kw_only=True):
    """The next version of a recommendation."""

    text: Annotated[Prose, labelled("What you recommend", "Wat jullie aanbevelen")]
    organisation_id: Annotated[OrganisationId, labelled("An organisation", "Een organisatie")] | None = None
    stakeholder_id: Annotated[StakeholderId, labelled("A stakeholder", "Een belanghebbende")] | None = None
    name: (
        Annotated[
            Title,
            labelled("Somebody else", "Iemand anders", Text(en="Such as “the region”.", nl="Zoals “de regio”.")),
        ]
        | None
    ) = None
    evidence: Annotated[
        tuple[AnyId, ...],
        Meta(min_length=1, max_length=200),
        labelled(
            "What it rests on",
            "Waar het op rust",
            Text(
                en="At least one. It stands in the margin of your advice.",
                nl="Minstens één. Het staat in de kantlijn van jullie advies.",
            ),
        ),
    ]
    based_on: BasedOn

    @property
    def addressee(self) -> Addressee:
        """The addressee as it is recorded."""
        return Addressee(organisation=self.organisation_id, stakeholder=self.stakeholder_id, name=words(self.name))


class Since(NamedTuple):
    """The changes by others since a version: the text, and the evidence that was added and removed."""

    pieces: list[Piece]
    added: list[Cited]
    removed: list[Cited]


class RecommendationWriting(Controller):
    """Pages on which recommendations are written."""

    path = "/"

    @get("/teams/{team:str}/recommendations/new")
    async def new(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the form of a new recommendation."""
        return await self._form(visit, team, None)

    @post("/teams/{team:str}/recommendations/new")
    async def formulate(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Formulate a recommendation."""

        async def perform(form: RecommendationForm, attempt: Attempt) -> Receipt:
            require_distinct("evidence", form.evidence)
            return await attempt.execute(
                lambda: FormulateRecommendation(
                    attempt.new,
                    team=team,
                    text=Words(form.text),
                    evidence=form.evidence,
                    addressee=form.addressee,
                    by=attempt.by,
                )
            )

        return await visit.perform(
            RecommendationForm,
            perform,
            creates="recommendation",
            then=f"/teams/{team}/advice/edit",
            again=lambda: self._form(visit, team, None),
        )

    @get("/recommendations/{recommendation:str}/edit")
    async def edit(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Show the form that revises a recommendation."""
        row = await visit.reader.existing_row(RECOMMENDATIONS, recommendation)
        return await self._form(visit, row.team, recommendation)

    @post("/recommendations/{recommendation:str}/edit")
    async def revise(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Write the next version of a recommendation."""
        row = await visit.reader.existing_row(RECOMMENDATIONS, recommendation)

        async def perform(form: RecommendationForm, attempt: Attempt) -> Receipt:
            require_distinct("evidence", form.evidence)
            return await attempt.execute(
                lambda: ReviseRecommendation(
                    recommendation,
                    team=row.team,
                    text=Words(form.text),
                    evidence=form.evidence,
                    addressee=form.addressee,
                    based_on=form.based_on,
                    by=attempt.by,
                )
            )

        return await visit.perform(
            RecommendationForm,
            perform,
            then=f"/teams/{row.team}/advice/edit",
            again=lambda: self._form(visit, row.team, recommendation),
        )

    @post("/recommendations/{recommendation:str}/confirmation")
    async def confirm(self, visit: NamedDependency[Visit], recommendation: FromPath[RecommendationId]) -> Response[Any]:
        """Say that a recommendation still holds: it becomes a version that is based on the present parts."""
        row = await visit.reader.existing_row(RECOMMENDATIONS, recommendation)

        async def perform(form: ConfirmationForm, attempt: Attempt) -> Receipt:
            await visit.reader.unseal([row])
            to = row.addressee
            return await attempt.execute(
                lambda: ReviseRecommendation(
                    recommendation,
                    team=row.team,
                    text=row.text,
                    evidence=row.evidence,
                    addressee=Addressee(organisation=to.organisation, stakeholder=to.stakeholder, name=to.name),
                    based_on=form.based_on,
                    by=attempt.by,
                )
            )

        return await visit.perform(
            ConfirmationForm,
            perform,
            name=f"confirm-{recommendation}",
            then=f"/teams/{row.team}/advice/edit",
            again=lambda: show_parts(visit, row.team, failed=True),
        )

    async def _form(self, visit: Visit, team: TeamId, recommendation: RecommendationId | None) -> Response[Any]:
        """Show the form, filled with the present version if there is one. Raises `NotFound` unless the visitor can write."""
        state = visit.form(RecommendationForm)
        reading = await now_if_failed(visit, failed=state.failed)
        work = await work_of(visit.reader, team, reading)
        row = await visit.reader.row(TEAMS, team, reading)
        if row is None or not writes(work, visit):
            raise NotFound
        now = None if recommendation is None else await visit.reader.row(RECOMMENDATIONS, recommendation, reading)
        material = await material_of(work, reading)
        listing = ListOptions(limit=MAX_ORGANISATIONS)
        organisations = await visit.reader.page(ORGANISATIONS, ALL_ORGANISATIONS, listing=listing)
        await visit.reader.unseal([] if now is None else [now])
        about = team if recommendation is None else recommendation
        stamps = await visit.stamps(Selector(types=[RecommendationFormulated], tags=[about]))
        names = await visit.names([team, *stamps.actors(), *people_in(material.evidence)])
        evidence = options(material.evidence, names)
        in_words = {one.id: one for some in evidence.values() for one in some}
        began_with = number_in(state.entered.get("based_on", ())) if "based_on" in state.errors else None
        return visit.page(
            "advice/recommendation_form.html",
            here=here_of(visit),
            sub="advice",
            team=row,
            current=now,
            form=state,
            began_with=began_with,
            since=None if now is None or began_with is None else changes_since(now, began_with, in_words),
            evidence=evidence,
            organisations=organisations.items,
            stakeholders=material.stakeholders,
            names=names,
            stamps=stamps,
        )


def changes_since(row: Recommendation, version: int, known: dict[str, Cited]) -> Since:
    """The changes of a recommendation since this version. `known`: the evidence, in words."""
    before = next((one for one in row.versions if one.version == version), None)
    if before is None:
        return Since(differences("", row.text.text or "…"), [], [])
    added = [known[one] for one in row.evidence if one not in before.evidence and one in known]
    removed = [known[one] for one in before.evidence if one not in row.evidence and one in known]
    return Since(differences(before.text.text or "…", row.text.text or "…"), added, removed)
