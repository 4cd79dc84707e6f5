"""Preferences: a participant puts the chosen challenges in their order, before CoPs are formed."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from domain.events.team import PreferencesRanked
from domain.foundation import ChallengeId, NotFound, ProgrammeId, Selector
from domain.teams.forming import RankPreferences
from projections.programmes import PROGRAMMES
from projections.teams import PREFERENCES
from service.api.http.bodies import Prose, words
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.rankings import ranking_in
from service.reading.challenges import challenges_of_programme
from service.reading.options import ListOptions
from service.store.log.types import Receipt

HERE = "/choice"
MAX_CHALLENGES = 200


class Ranking(Form):
    """A ranking, from fields that `ranking_in` reads. `ranking` only names what is wrong with them."""

    ranking: Annotated[tuple[ChallengeId, ...], labelled("Your order", "Je volgorde")] = ()
    motivation: Annotated[Prose, labelled("Why in this order", "Waarom in deze volgorde")] | None = None


class PreferencePages(Controller):
    """The page of preferences."""

    path = "/preferences"

    @get()
    async def show(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the chosen challenges, in the order of the person."""
        return await self._show(visit)

    @post()
    async def rank(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Put the chosen challenges in an order, which replaces an earlier one."""

        async def perform(form: Ranking, attempt: Attempt) -> Receipt:
            programme = visit.programme_of_form
            offered = [one.id for one in await _chosen(visit, programme)]
            ranking = ranking_in(await visit.entered(), offered, "ranking")
            return await attempt.execute(
                lambda: RankPreferences(
                    programme, person=visit.person, ranking=ranking, motivation=words(form.motivation), by=attempt.by
                )
            )

        return await visit.perform(Ranking, perform, then="/preferences", again=lambda: self._show(visit))

    async def _show(self, visit: Visit) -> Response[Any]:
        programme = visit.programme
        row = None if programme is None else await visit.reader.row(PROGRAMMES, programme, visit.reading)
        if programme is None or row is None:
            raise NotFound
        key = f"{visit.person}/{programme}"
        mine = await visit.reader.row(PREFERENCES, key, visit.reading) if visit.role == "participant" else None
        await visit.reader.unseal([] if mine is None else [mine])
        chosen = await _chosen(visit, programme)
        return visit.page(
            "preferences/preferences.html",
            here=HERE,
            has_past=True,
            programme=row,
            mine=mine,
            chosen=chosen,
            ranking=() if mine is None else mine.ranking,
            form=visit.form(Ranking),
            names=await visit.names(one.organisation or "" for one in chosen),
            stamps=await visit.stamps(Selector(types=[PreferencesRanked], tags=[visit.person, programme])),
            is_open=row.preferences_close_at is None or row.preferences_close_at > visit.at,
            may_rank=visit.role == "participant",
        )


async def _chosen(visit: Visit, programme: ProgrammeId) -> list[Any]:
    """The challenges that were selected and that no CoP has taken up yet, or that CoPs work on."""
    listing = ListOptions("", MAX_CHALLENGES, visit.reading.at_least, visit.reading.as_of)
    found = await challenges_of_programme(visit.reader, programme, listing)
    return [one for one in found.items if one.status in {"selected", "in_progress", "advised", "closed"}]
