"""CoPs: the list of a programme, the home page of one, its comments and what it shares, and its story."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.advice import (
    AnswerDrafted,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
)
from domain.events.commitment import CommitmentMade, CommitmentSettled
from domain.events.followup import FormalResponseGiven, RecommendationClosed
from domain.events.gathering import GatheringHeld, GatheringPlanned
from domain.events.presentation import AdviceDelivered, AdvicePresented
from domain.events.research import InsightShared, InterviewHeld, InterviewPlanned, SourceLogged
from domain.events.sharing import Circle, CommentAdded, WorkShared
from domain.events.stakeholders import StakeholderIdentified
from domain.events.team import (
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    TeamChallengeChanged,
    TeamDissolved,
    TeamFormed,
    TeamMerged,
    WaiverGranted,
)
from domain.events.trip import DateFixed, TripCompleted, TripIdeaProposed
from domain.foundation import AnyId, CodeWord, CommentId, Event, NotFound, ProgrammeId, Selector, TeamId, Text, Words
from domain.spanning.sharing import SHAREABLE, AddComment, ShareWork
from domain.teams.membership import LeaveTeam
from projections.advice import Advice
from projections.challenges import CHALLENGES, Challenge
from projections.derived.coverage import Coverage
from projections.derived.phases import NAMES, Phases, Reached, in_words, outside, phases_of_team
from projections.derived.research_figures import ResearchFigures
from projections.gatherings import Gathering
from projections.sharing import COMMENTS, NEWEST_COMMENTS, Comment, Share
from projections.teams import ENDED, TEAMS, Team
from projections.trips import Trip
from projections.wording.vocabulary import word
from service.api.http.bodies import Prose
from service.api.http.read_parameters import position
from service.pages.frame.forms import Form, labelled
from service.pages.frame.stamps import Stamp
from service.pages.frame.visit import Attempt, Visit
from service.reading.advice import visible_advice
from service.reading.coverage import coverage_of_team
from service.reading.gatherings import visible_gatherings_of_team
from service.reading.options import ListOptions, Page
from service.reading.permissions import own_teams
from service.reading.research import figures_of
from service.reading.sharing import comments_of_team, shares_of_team
from service.reading.teams import Place, can_see_team, place_in, senders_of, teams_of_programme, visible_team
from service.reading.timeline import TimelineEntry, timeline_of
from service.reading.trips import trips_of_team
from service.store.log.types import Receipt

MINE, ALL, MORE = "/cop", "/cops", "/more"
"""The items of the main menu to which these pages belong: of participants, and of everybody else."""
ALL_WORK = Text(en="All our work", nl="Al ons werk")
MAX_TEAMS, MAX_COMMENTS, MAX_LINES = 24, 10, 60
MAX_READ, MAX_THINGS = 300, 40
"""Rows of a kind that are read to find what comes, and things of a kind that a page lists."""
RESEARCH: list[type[Event]] = [SourceLogged, InterviewHeld, InsightShared, StakeholderIdentified]
OF_TEAM: list[type[Event]] = [
    TeamFormed,
    MemberJoined,
    MemberLeft,
    MemberTransferred,
    WaiverGranted,
    TeamMerged,
    TeamDissolved,
    TeamChallengeChanged,
    ProblemStatementRevised,
    GuidingQuestionFixed,
    AnswerDrafted,
    RecommendationFormulated,
    AdvicePresented,
    AdviceDelivered,
    WorkShared,
]
"""The events that the home page of a CoP has stamps of, beside the comments that it shows."""


class NewComment(Form):
    """A comment on something of the CoP, or on all its work."""

    text: Annotated[Prose, labelled("Write a comment", "Schrijf een opmerking")]
    on: Annotated[AnyId, labelled("About", "Waarover")]


class Answer(Form):
    """An answer to a comment."""

    text: Annotated[Prose, labelled("Your answer", "Je antwoord")]


class NewShare(Form):
    """Something of the CoP to show to others."""

    item_id: Annotated[AnyId, labelled("What", "Wat")]
    circle: Annotated[Circle, labelled("With whom", "Met wie")]


class Departure(Form):
    """A reason to leave."""

    reason: Annotated[Prose, labelled("Why you leave", "Waarom je weggaat")]


class Line(NamedTuple):
    """An event of a story, in words."""

    sentence: str
    reason: str | None
    by: str
    is_key: bool
    stamp: Stamp


class Chapter(NamedTuple):
    """A part of a story: from the event with which the CoP began a phase, until it began the next one.

    `phase`: its number among the eight; `phases`: those begun before are done in the ring of the chapter. `continued`: it began
    on an earlier page.
    """

    phase: int
    phases: Phases
    lines: list[Line]
    continued: bool


class TeamPages(Controller):
    """Pages about CoPs."""

    path = "/"

    @get("/cop")
    async def mine(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the caller's CoP; a list if there are several, and what to do if there is none."""
        rights = await visit.rights()
        found = own_teams(rights) or [one for one in rights.former_teams() if rights.was_last_member(one)]
        here = [one for one in found if rights.teams.programmes.get(one) == visit.programme]
        if len(here) == 1:
            return visit.go(f"/teams/{here[0]}")
        rows = [row for one in here if (row := await visit.reader.row(TEAMS, one, visit.reading)) is not None]
        return await self._list(visit, Page(rows, None), MINE)

    @get("/cops")
    async def of_programme(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the CoPs of the programme."""
        _ = visit.signed_in
        if visit.programme is None:
            raise NotFound
        cursor = visit.request.query_params.get("cursor", "")
        listing = ListOptions(cursor, MAX_TEAMS, visit.reading.at_least, visit.reading.as_of)
        return await self._list(visit, await teams_of_programme(visit.reader, visit.programme, listing), ALL)

    @get("/teams/{team:str}")
    async def show(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the home page of a CoP."""
        return await self._show(visit, team)

    @post("/teams/{team:str}/comments")
    async def comment(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Comment on something of the CoP."""
        return await visit.submit(
            NewComment,
            lambda form, by, new: AddComment(new, team=team, on=form.on, text=Words(form.text), by=by),
            creates="comment",
            then=f"/teams/{team}#comments",
            again=lambda: self._show(visit, team),
        )

    @post("/teams/{team:str}/comments/{comment:str}/answers")
    async def answer(
        self, visit: NamedDependency[Visit], team: FromPath[TeamId], comment: FromPath[CommentId]
    ) -> Response[Any]:
        """Answer a comment."""

        async def perform(form: Answer, attempt: Attempt) -> Receipt:
            row = await visit.reader.existing_row(COMMENTS, comment)
            return await attempt.execute(
                lambda: AddComment(
                    attempt.new, team=team, on=row.on, text=Words(form.text), answers=comment, by=attempt.by
                )
            )

        return await visit.perform(
            Answer,
            perform,
            creates="comment",
            name=f"answer-{comment}",
            then=f"/teams/{team}#comments",
            again=lambda: self._show(visit, team),
        )

    @post("/teams/{team:str}/shares")
    async def share(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Share something of the CoP."""
        return await visit.submit(
            NewShare,
            lambda form, by, _: ShareWork(form.item_id, team=team, circle=form.circle, by=by),
            then=f"/teams/{team}#shared",
            again=lambda: self._show(visit, team),
        )

    @post("/teams/{team:str}/departure")
    async def leave(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Leave the CoP, with a reason."""

        async def perform(form: Departure, attempt: Attempt) -> Receipt:
            row = await visit.reader.existing_row(TEAMS, team)
            by = visit.because(attempt.by, form.reason)
            return await attempt.execute(lambda: LeaveTeam(team, programme=row.programme, person=visit.person, by=by))

        return await visit.perform(Departure, perform, then=f"/teams/{team}", again=lambda: self._show(visit, team))

    @get("/teams/{team:str}/story")
    async def story(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show what happened in and around a CoP, in words, in chapters."""
        row = await _visible(visit, team)
        after = position(visit.request.query_params.get("after", "")) or 0
        found = await timeline_of(visit.reader, team, visit.reading, visit.language, after=after, limit=MAX_LINES)
        rights = await visit.rights()
        return visit.page(
            "teams/story.html",
            here=here_of(visit, is_own=True),
            has_past=True,
            team=row,
            names=await visit.names([row.challenge]),
            chapters=chapters_of(found.items, await begun_by(visit, team), after),
            following=found.next,
            after=after,
            phase_names=NAMES,
            facilitates=rights.facilitates(row.programme, team),
        )

    async def _list(self, visit: Visit, found: Page[Team], here: str) -> Response[Any]:
        programme = visit.programme
        ids = [one for row in found.items for one in (row.id, row.challenge, row.organisation or "", *row.members)]
        reached = [] if programme is None else await visit.reached(programme)
        return visit.page(
            "teams/list.html",
            here=here,
            has_past=True,
            live=programme or "",
            found=found,
            names=await visit.names(ids),
            phases_of={one.team: phases_of_team(one) for one in reached if one.team is not None},
            phase_names=NAMES,
            mine=here == MINE,
            ended=ENDED,
        )

    async def _show(self, visit: Visit, team: TeamId) -> Response[Any]:
        row, rights = await _visible(visit, team), await visit.rights()
        reader, reading = visit.reader, visit.reading
        inside = rights.member_of(team) or rights.was_last_member(team) or rights.facilitates(row.programme, team)
        is_member = visit.person in row.members
        people = [*row.members, *row.former]
        known = rights.belongs_to(row.programme)  # who sends a participant is no business of other organisations
        comments = await _comments(visit, team)
        commented = (Selector(types=[CommentAdded], tags=[one.id]) for one in comments.items)
        (
            (challenge, advice, shares, gatherings, trips),
            (coverage, stamps, newest, senders, place, figures),
        ) = await asyncio.gather(
            asyncio.gather(
                _challenge(visit, row),
                _advice(visit, team),
                _shares(visit, team),
                _gatherings(visit, team),
                _trips(visit, team),
            ),
            asyncio.gather(
                _coverage(visit, team),
                visit.stamps(Selector(types=OF_TEAM, tags=[team]), *commented),
                _newest_research(visit, team, inside=inside),
                senders_of(reader, row.programme, people if known else [], reading),
                _place(visit, row),
                _figures(visit, team, inside=inside),
            ),
        )
        at = await reader.time_of(reading)
        things = shareable(gatherings, trips, advice)[:MAX_THINGS]
        phases = await progress_of(visit, row.programme, team)
        better = None if place is None or place.explanation is None else place.explanation.better
        names = await visit.names(
            [
                *stamps.actors(),
                *people,
                *(one or "" for one in senders.values()),
                *(row.challenge, row.organisation or "", row.into or "", team),
                *(one for comment in comments.items for one in (comment.on, comment.author or "")),
                *(one.item for one in shares),
                *things,
                *((newest.actor,) if newest else ()),
                *((better.challenge,) if better else ()),
            ]
        )
        goes_on = row.status not in ENDED
        return visit.page(
            "teams/team.html",
            here=here_of(visit, is_own=rights.member_of(team) or rights.was_last_member(team)),
            has_past=True,
            live=team,
            team=row,
            challenge=challenge,
            inside=inside,
            is_member=is_member,
            goes_on=goes_on,
            may_write=goes_on and (rights.member_of(team) or rights.facilitates(row.programme, team)),
            phases_here=phases,
            phase_names=NAMES,
            phases_said=in_words(phases),
            advice=advice,
            comments=comments,
            on_page={one.id: one for one in comments.items},
            shares=sorted(shares, key=lambda one: one.shared_at, reverse=True)[:MAX_THINGS],
            shares_left_out=max(0, len(shares) - MAX_THINGS),
            ahead=ahead(gatherings, trips, at),
            coverage=coverage,
            planned_topics=planned_topics(gatherings, at),
            figures=figures,
            newest_research=newest,
            senders=senders,
            place=place,
            stamps=stamps,
            names=names,
            called={item.id: item.title.text for trip in trips for item in trip.itinerary if item.title.text},
            found_at={item.id: f"/trips/{trip.id}#{item.id}" for trip in trips for item in trip.itinerary},
            abouts=[(team, ALL_WORK.in_language(visit.language)), *((one, capital(names.of(one))) for one in things)],
            things=[(one, capital(names.of(one))) for one in things],
            circles=circles(visit, row),
            comment_form=visit.form(NewComment),
            answer_form=lambda comment: visit.form(Answer, f"answer-{comment}"),  # pyright: ignore[reportUnknownLambdaType]  a template calls it
            share_form=visit.form(NewShare),
            departure=visit.form(Departure),
        )


# What the pages show


def capital(text: str) -> str:
    """The text with a capital at its beginning, for a list of choices."""
    return text[:1].upper() + text[1:]


def circles(visit: Visit, row: Team) -> list[tuple[str, str]]:
    """The circles with which a CoP can share its work, in words."""
    found: list[Circle] = ["programme", *(["commissioner"] if row.organisation else [])]  # pyright: ignore[reportAssignmentType]  both are circles
    return [(one, word(CodeWord(one), visit.language)) for one in found]


def shareable(gatherings: Iterable[Gathering], trips: Iterable[Trip], advice: Advice | None) -> list[str]:
    """Things that members comment on and share from the home page: trips, own gatherings and recommendations."""
    newest = sorted(gatherings, key=lambda one: one.starts_at, reverse=True)
    own = [str(one.id) for one in newest if len(one.teams) == 1 and one.status != "cancelled"]
    recommendations = [str(one.recommendation) for one in (advice.recommendations if advice else ())]
    found = [*(str(one.id) for one in trips if one.status != "cancelled"), *recommendations, *own]
    return [one for one in found if SHAREABLE.get(one.rpartition("_")[0])]


class Ahead(NamedTuple):
    """Something that comes: a gathering, or a trip whose dates are fixed."""

    starts: Any
    gathering: Gathering | None = None
    trip: Trip | None = None


def ahead(gatherings: Iterable[Gathering], trips: Iterable[Trip], at: Any) -> list[Ahead]:
    """The gatherings and trips of a CoP that are not over, the soonest first."""
    found = [Ahead(one.starts_at.date(), gathering=one) for one in gatherings if is_ahead(one, at)]
    found += [
        Ahead(one.starts_on, trip=one)
        for one in trips
        if one.starts_on is not None
        and one.ends_on is not None
        and one.status != "cancelled"
        and one.ends_on >= at.date()
    ]
    return sorted(found, key=lambda one: one.starts)


def is_ahead(row: Gathering, at: Any) -> bool:
    """Whether a gathering is still to come, or under way."""
    return row.status in {"planned", "rescheduled"} and row.ends_at >= at


def planned_topics(gatherings: Iterable[Gathering], at: Any) -> dict[str, Any]:
    """The day on which each topic is on the agenda of a gathering that comes."""
    found = dict[str, Any]()
    for one in sorted(gatherings, key=lambda one: one.starts_at, reverse=True):
        if is_ahead(one, at):
            found |= {point.topic: one.starts_at for point in one.agenda if point.topic is not None}
    return found


TEAMS_PHASE = 2
BEGINNINGS: dict[int, list[type[Event]]] = {
    3: [GatheringPlanned, GatheringHeld],
    4: [TripIdeaProposed],
    5: [SourceLogged, InterviewPlanned, InterviewHeld, InsightShared, StakeholderIdentified, ProblemStatementRevised],
    6: [AnswerDrafted, RecommendationFormulated],
    7: [AdviceDelivered],
}
"""The events with which a CoP begins a phase, by its number; it begins with its formation, in phase 2."""
KEY_LINES = frozenset(
    one.TOPIC
    for one in (
        TeamFormed,
        MemberJoined,
        MemberLeft,
        MemberTransferred,
        TeamMerged,
        TeamDissolved,
        TeamChallengeChanged,
        GatheringHeld,
        DateFixed,
        TripCompleted,
        ProblemStatementRevised,
        GuidingQuestionFixed,
        AnswerDrafted,
        AdvicePresented,
        AdviceDelivered,
        FormalResponseGiven,
        RecommendationClosed,
        CommitmentMade,
        CommitmentSettled,
    )
)
"""The types of events that change how far a CoP is. Readers see them first; what lies between them folds open."""


def chapters_of(items: Iterable[TimelineEntry], begun: Mapping[int, int], after: int) -> list[Chapter]:
    """The lines in chapters. `begun`: the position at which each phase began; `after`: that of the page before."""
    starts = sorted((at, phase) for phase, at in begun.items())
    found = list[Chapter]()
    for one in items:
        phase = next((phase for at, phase in reversed(starts) if at <= one.position), TEAMS_PHASE)
        if not found or found[-1].phase != phase:
            earlier = {TEAMS_PHASE, *(before for at, before in starts if at <= one.position)} - {phase}
            ring: Phases = tuple(
                "now" if number == phase else "done" if number < TEAMS_PHASE or number in earlier else "next"
                for number in range(len(NAMES))
            )
            continued = after > 0 and not found and begun.get(phase, 0) <= after
            found.append(Chapter(phase, ring, [], continued))
        found[-1].lines.append(line_of(one))
    return found


def line_of(one: TimelineEntry) -> Line:
    """The event as a page shows it."""
    at, stated = one.occurred_at or one.recorded_at, one.occurred_at is not None
    stamp = Stamp(one.position, one.type, at, stated, one.by, frozenset(), one.recorded_at)
    return Line(one.sentence, one.reason, one.by, one.type in KEY_LINES, stamp)


async def begun_by(visit: Visit, team: TeamId) -> dict[int, int]:
    """The position of the first event of each phase that a CoP began."""
    until = await visit.reader.position_of(visit.reading)
    found = dict[int, int]()
    for phase, types in BEGINNINGS.items():
        query = visit.kring.commands.mapper.query([Selector(types=types, tags=[team])])
        events, _ = await visit.kring.log.read(query, until=until, limit=1)
        if events:
            found[phase] = events[0].position
    return found


# Parts, as far as the caller may see them


async def _visible(visit: Visit, team: TeamId) -> Team:
    row = await visit.reader.visible_row(TEAMS, team, can_see_team, visit.reading)
    return await visible_team(visit.reader, row, visit.reading)


def here_of(visit: Visit, *, is_own: bool) -> str:
    """The item of the main menu to which pages of a CoP belong; `is_own`: the CoP is, or was to the end, the visitor's."""
    if visit.programme is None:
        return "/"
    return ALL if visit.role != "participant" else MINE if is_own else MORE


async def _challenge(visit: Visit, row: Team) -> Challenge | None:
    challenge = await visit.reader.row(CHALLENGES, row.challenge, visit.reading)
    await visit.reader.unseal([] if challenge is None else [challenge])
    return challenge


async def _newest_research(visit: Visit, team: TeamId, *, inside: bool) -> Stamp | None:
    return await visit.newest_stamp(Selector(types=RESEARCH, tags=[team])) if inside else None


async def _place(visit: Visit, row: Team) -> Place | None:
    """The visitor's place, if they are a member."""
    return await place_in(visit.reader, row, visit.person, visit.reading) if visit.person in row.members else None


async def _figures(visit: Visit, team: TeamId, *, inside: bool) -> ResearchFigures | None:
    return await figures_of(visit.reader, team, visit.reading) if inside else None


async def _advice(visit: Visit, team: TeamId) -> Advice | None:
    try:
        return await visible_advice(visit.reader, team, visit.reading)
    except NotFound:
        return None


async def _comments(visit: Visit, team: TeamId) -> Page[Comment]:
    cursor = visit.request.query_params.get("cursor", "")
    listing = ListOptions(cursor, MAX_COMMENTS, visit.reading.at_least, visit.reading.as_of)
    try:
        return await comments_of_team(visit.reader, team, listing, NEWEST_COMMENTS)
    except NotFound:
        return Page([], None)


def _first(visit: Visit) -> ListOptions:
    return ListOptions("", MAX_READ, visit.reading.at_least, visit.reading.as_of)


async def _shares(visit: Visit, team: TeamId) -> list[Share]:
    try:
        return (await shares_of_team(visit.reader, team, _first(visit))).items
    except NotFound:
        return []


async def _gatherings(visit: Visit, team: TeamId) -> list[Gathering]:
    try:
        return (await visible_gatherings_of_team(visit.reader, team, _first(visit))).items
    except NotFound:
        return []


async def _trips(visit: Visit, team: TeamId) -> list[Trip]:
    try:
        return (await trips_of_team(visit.reader, team, _first(visit))).items
    except NotFound:
        return []


async def _coverage(visit: Visit, team: TeamId) -> Coverage | None:
    try:
        return await coverage_of_team(visit.reader, team, visit.reading)
    except NotFound:
        return None


async def progress_of(visit: Visit, programme: ProgrammeId, team: str) -> Phases:
    """The phases of a CoP, as far as the visitor may see them. Raises `ViewsLag`, `BadText`."""
    reached = next((one for one in await visit.reached(programme) if one.team == team), Reached())
    return phases_of_team(outside(reached) if visit.organisation is not None else reached)
