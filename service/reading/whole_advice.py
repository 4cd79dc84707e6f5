"""An advice with all that belongs to it, for a page: recommendations, their evidence, and the commitments on them."""

from typing import NamedTuple

from msgspec.structs import replace

from domain.events.team import TeamFormed
from domain.foundation import NotFound, PersonId, RecommendationId, TeamId
from projections import research as research_views
from projections.advice import ADVICE, Advice, as_handed_over
from projections.commitments import COMMITMENTS, COMMITMENTS_OF_RECOMMENDATION, Commitment
from projections.derived.evidence_graph import Known, named_by
from projections.files import File
from projections.people import CONTACTS, CONTACTS_OF_ORGANISATION
from projections.recommendations import (
    RECOMMENDATIONS,
    RECOMMENDATIONS_OF_TEAM,
    Recommendation,
    only_version,
    without_follow_up,
)
from projections.trips import Item
from service.reading.advice import as_visible
from service.reading.commitments import visible_commitments
from service.reading.evidence_graph import evidence_of
from service.reading.files import files_of
from service.reading.options import ListOptions, ReadOptions
from service.reading.reader import Reader
from service.reading.recommendations import as_visible as recommendation_as_visible
from service.reading.research import page_of_interviews, page_of_research, trips_of
from service.reading.team_work import TeamWork, work_of

MAX_RECOMMENDATIONS, MAX_EVIDENCE, MAX_COMMITMENTS, MAX_CONTACTS = 50, 200, 50, 200


class WholeAdvice(NamedTuple):
    """An advice as far as its reader may see it, unsealed. `advice` None: nothing is written, or nothing is shown to them.

    `known`: the evidence and addressees that they may see, by id, with all sources. `commitments`: by recommendation.
    """

    work: TeamWork
    advice: Advice | None
    recommendations: list[Recommendation]
    commitments: dict[RecommendationId, list[Commitment]]
    known: dict[str, Known]

    @property
    def sources(self) -> list[research_views.Source]:
        """The sources that the reader may see: the bibliography."""
        return [one for one in self.known.values() if isinstance(one, research_views.Source)]


async def whole_advice(
    reader: Reader, team: TeamId, reading: ReadOptions, *, handed_over: int | None = None
) -> WholeAdvice:
    """The advice of a team. `handed_over`: as it was presented in this version, not as it is now. Raises `NotFound`."""
    work = await work_of(reader, team, reading)
    advice = await _advice_of(work, reading)
    listing = ListOptions("", MAX_RECOMMENDATIONS, *reading)
    at = await reader.time_of(reading)
    scope = (team, work.reads_all, work.for_organisation, work.shared, work.rights.author)
    page = await work.page(RECOMMENDATIONS, RECOMMENDATIONS_OF_TEAM, *scope, listing=listing)
    shown = [one for row in page.items if (one := recommendation_as_visible(work, row, at)) is not None]
    if handed_over is not None:
        if not work.reads_all:  # they read the last handover, and earlier ones as of then
            raise NotFound
        advice, shown = _as_of_handover(advice, shown, handed_over)
    commitments = {one.id: await _commitments_on(work, one.id, reading) for one in shown if one.commitments}
    known = await known_evidence(work, shown, reading)
    made = [one for some in commitments.values() for one in some]
    await reader.unseal([*([] if advice is None else [advice]), *shown, *made])
    return WholeAdvice(work, advice, shown, commitments, known)


async def known_evidence(work: TeamWork, shown: list[Recommendation], reading: ReadOptions) -> dict[str, Known]:
    """The team's sources, and what these recommendations name, as far as the reader may see it: by id, unsealed."""
    listing, rows = ListOptions("", MAX_EVIDENCE, *reading), list[Known]()
    named = {*named_by(shown)}
    kinds = {one.rpartition("_")[0] for one in named}
    rows += (await page_of_research(work, research_views.SOURCES, research_views.SOURCES_OF_TEAM, listing)).items
    if "interview" in kinds:
        rows += (await page_of_interviews(work, listing)).items
    if "insight" in kinds:
        rows += (await page_of_research(work, research_views.INSIGHTS, research_views.INSIGHTS_OF_TEAM, listing)).items
    if "item" in kinds and work.reads_all:
        rows += await visits_of(work, reading)
    known: dict[str, Known] = {one.id: one for one in rows}
    rest = {one: await evidence_of(work.reader, work, one, reading) for one in sorted(named - known.keys())}
    found: dict[str, Known] = {id_: one for id_, one in rest.items() if one is not None}
    await work.reader.unseal([*found.values()])
    return known | found


class Material(NamedTuple):
    """Everything of a team that a recommendation can cite or address, unsealed, and the files that can be handed over."""

    evidence: list[Known]
    stakeholders: list[research_views.Stakeholder]
    files: list[File]


async def material_of(work: TeamWork, reading: ReadOptions) -> Material:
    """The evidence that a recommendation can cite: sources, interviews that were held with consent, visits and insights."""
    listing = ListOptions("", MAX_EVIDENCE, *reading)
    sources = await page_of_research(work, research_views.SOURCES, research_views.SOURCES_OF_TEAM, listing)
    interviews = await page_of_interviews(work, listing)
    insights = await page_of_research(work, research_views.INSIGHTS, research_views.INSIGHTS_OF_TEAM, listing)
    held = [one for one in interviews.items if one.status == "held" and one.consent is not None]
    stakeholders = await page_of_research(
        work, research_views.STAKEHOLDERS, research_views.STAKEHOLDERS_OF_TEAM, listing
    )
    files = await files_of(work.reader, work, listing)
    evidence: list[Known] = [*sources.items, *held, *await visits_of(work, reading), *insights.items]
    return Material(evidence, stakeholders.items, files.items)


async def visits_of(work: TeamWork, reading: ReadOptions) -> list[Item]:
    """The items on the itineraries of a team's trips, unsealed; for readers of all its work."""
    trips = await trips_of(work.reader, work.rights.team, ListOptions("", MAX_EVIDENCE, *reading))
    return [item for trip in trips for item in trip.itinerary]


async def receivers_of(reader: Reader, formed: TeamFormed) -> list[PersonId]:
    """The people to whom a team can hand its advice over: the commissioners of its challenge, in order of appointment."""
    if formed.organisation is None:
        return []
    listing = ListOptions("", MAX_CONTACTS)
    page = await reader.page(CONTACTS, CONTACTS_OF_ORGANISATION, formed.organisation, listing=listing)
    found = [
        one.person
        for one in page.items
        if one.status == "active"
        and one.role == "commissioner"
        and one.programme in {None, formed.programme}
        and (not one.challenges or formed.challenge in one.challenges)
        and (one.effective_from is None or one.effective_from <= reader.caller.at)
    ]
    return list(dict.fromkeys(found))


async def _advice_of(work: TeamWork, reading: ReadOptions) -> Advice | None:
    row = await work.reader.row(ADVICE, work.rights.team, reading)
    if row is None:
        return None
    (visible,) = await work.visible(ADVICE, row)
    try:
        return None if visible is None else as_visible(work, visible)
    except NotFound:
        return None


def _as_of_handover(
    advice: Advice | None, shown: list[Recommendation], version: int
) -> tuple[Advice, list[Recommendation]]:
    """The advice as it was presented in this version. Raises `NotFound` if the reader may not see that."""
    found = () if advice is None else tuple(one for one in advice.handed_over if one.version <= version)
    if advice is None or not found or found[-1].version != version:
        raise NotFound
    stated = {one.recommendation: one.version for one in found[-1].recommendations}
    then = list[Recommendation]()
    for one in shown:
        handed = stated.get(RecommendationId(one.id))
        if handed is None or all(known.version != handed for known in one.versions):
            continue
        row = only_version(one, handed)
        then.append(row if handed == one.presented_version else without_follow_up(row))
    return as_handed_over(replace(advice, handed_over=found)), then


async def _commitments_on(work: TeamWork, recommendation: RecommendationId, reading: ReadOptions) -> list[Commitment]:
    page = await work.reader.part(
        COMMITMENTS,
        COMMITMENTS_OF_RECOMMENDATION,
        recommendation,
        listing=ListOptions("", MAX_COMMITMENTS, *reading),
        scope=recommendation,
    )
    return await visible_commitments(work, *page.items)
