"""Study trips: the trips of a CoP, one trip from idea to learnings, and its guests."""

from functools import partial
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.trip import TripIdeaProposed
from domain.foundation import NotFound, PersonId, Selector, TeamId, Text, TripId, Words
from domain.trips.guests import InviteGuest
from domain.trips.lifecycle import CancelTrip, CompleteTrip, DeclareBooked, ProposeTrip
from projections.challenges import CHALLENGES
from projections.programmes import FACILITATORS_OF_PROGRAMME, Facilitator
from projections.teams import TEAMS_OF_PROGRAMME, Team
from projections.trips import Trip
from service.api.http.bodies import Title
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.trips.shown import ShownTrip, named, shown_trip, stamps_of
from service.pages.trips.trip_page import Learnings, Nothing, Reason, show
from service.pages.trips.words import days
from service.reading.gatherings import MAX_TEAMS, known_team
from service.reading.options import ListOptions
from service.reading.trips import trip_from_log, trip_rights, trips_of_team
from service.store.log.types import Receipt

MAX_SHOWN = 20
"""Trips on one page of a list."""


class Idea(Form):
    """An idea for a study trip."""

    destination: Annotated[Title, labelled("Where to", "Waarheen")]
    theme: Annotated[
        Title,
        labelled(
            "What you want to see or learn there",
            "Wat je daar wilt zien of leren",
            Text(en="In one sentence.", nl="In één zin."),
        ),
    ]


class Invitation(Form):
    """A guest to invite."""

    person_id: Annotated[PersonId, labelled("Whom you invite", "Wie je uitnodigt")]


class TripPages(Controller):
    """Pages about study trips."""

    path = "/"

    @get("/teams/{team:str}/trips")
    async def of_team(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the trips of a CoP that the visitor may see."""
        return await self._of_team(visit, team)

    @post("/teams/{team:str}/trips")
    async def propose(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Propose a study trip."""

        async def perform(form: Idea, attempt: Attempt) -> Receipt:
            row = await known_team(visit.reader, team)
            return await attempt.execute(
                lambda: ProposeTrip(
                    attempt.new,
                    team=team,
                    programme=row.programme,
                    theme=Words(form.theme),
                    destination=Words(form.destination),
                    by=attempt.by,
                )
            )

        return await visit.perform(
            Idea,
            perform,
            creates="trip",
            then=lambda receipt: f"/trips/{receipt.resource_id}",
            again=lambda: self._of_team(visit, team),
        )

    @get("/trips/{trip:str}")
    async def show(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Show a trip."""
        return await show(visit, trip)

    @get("/trips/{trip:str}/guests")
    async def guests(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Show the guests of a trip, and the form that invites one."""
        return await self._guests(visit, trip)

    @post("/trips/{trip:str}/guests")
    async def invite(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Invite a guest."""

        async def perform(form: Invitation, attempt: Attempt) -> Receipt:
            row = await trip_from_log(visit.reader, trip)
            return await attempt.execute(lambda: InviteGuest(trip, team=row.team, person=form.person_id, by=attempt.by))

        return await visit.perform(
            Invitation, perform, then=f"/trips/{trip}/guests", again=lambda: self._guests(visit, trip)
        )

    @post("/trips/{trip:str}/booked")
    async def booked(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Declare that nothing (more) has to be booked."""
        return await visit.submit(
            Nothing,
            lambda _, by, __: DeclareBooked(trip, by=by),
            name="booked",
            then=f"/trips/{trip}",
            again=lambda: show(visit, trip),
        )

    @post("/trips/{trip:str}/completion")
    async def complete(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Record that the trip was made, and what the CoP learnt from it."""
        return await visit.submit(
            Learnings,
            lambda form, by, _: CompleteTrip(trip, learnings=Words(form.learnings), by=by),
            then=f"/trips/{trip}",
            again=lambda: show(visit, trip),
        )

    @post("/trips/{trip:str}/cancellation")
    async def cancel(self, visit: NamedDependency[Visit], trip: FromPath[TripId]) -> Response[Any]:
        """Cancel a trip, with a reason."""

        async def perform(form: Reason, attempt: Attempt) -> Receipt:
            row = await trip_from_log(visit.reader, trip)
            return await attempt.execute(
                lambda: CancelTrip(trip, team=row.team, by=visit.because(attempt.by, form.reason))
            )

        return await visit.perform(
            Reason, perform, name="cancellation", then=f"/trips/{trip}", again=lambda: show(visit, trip)
        )

    async def _of_team(self, visit: Visit, team: TeamId) -> Response[Any]:
        listing = ListOptions(
            visit.request.query_params.get("cursor", ""), MAX_SHOWN, visit.reading.at_least, visit.reading.as_of
        )
        found, rights = await trips_of_team(visit.reader, team, listing), await trip_rights(visit.reader, team)
        row = await known_team(visit.reader, team, visit.reading)
        names = await visit.names([team, *(one.proposed_by for one in found.items)])
        may_propose = not visit.is_past and rights.is_member(team, row.programme)
        return visit.page(
            "trips/of_team.html",
            here="/cops" if visit.role in {"facilitator", "manager"} else "/cop",
            has_past=True,
            live=team,
            team=row,
            sub="trip",
            found=found,
            names=names,
            stamps=await visit.stamps(Selector(types=[TripIdeaProposed], tags=[team])),
            sees_work=rights.can_see_work(_OfTeam(row)),
            may_propose=may_propose and row.programme not in rights.teams.concluded,
            form=visit.form(Idea),
            days=partial(days, language=visit.language),
            unanswered=[one.id for one in found.items if _waits_for(visit.person, one)],
        )

    async def _guests(self, visit: Visit, trip: TripId) -> Response[Any]:
        shown = await shown_trip(visit, trip)
        if not shown.takes_part:
            raise NotFound
        invitable = await _invitable(visit, shown) if shown.may_change else []
        stamps = await stamps_of(visit, trip)
        names = await visit.names({*shown.people(), *invitable, *stamps.actors()})
        return shown.page(
            visit,
            "trips/guests.html",
            names=names,
            has_past=True,
            live=trip,
            stamps=stamps,
            invitable=named(invitable, names),
            form=visit.form(Invitation),
        )


class _OfTeam:
    """A team as something that belongs to its own work."""

    def __init__(self, row: Team) -> None:
        self.team, self.programme = row.id, row.programme


def _waits_for(person: PersonId, row: Trip) -> bool:
    """Whether the poll of this trip waits for an answer of this person."""
    return (
        row.status == "polling" and row.poll is not None and person not in {one.person_id for one in row.poll.answers}
    )


async def _invitable(visit: Visit, shown: ShownTrip) -> list[PersonId]:
    """The people whom a member can choose as guests: members of other CoPs, facilitators, and who brought in the challenge."""
    reader, row = visit.reader, shown.row
    views = await reader.wait_for_views(visit.recorded)
    teams = await views.rows(Team, TEAMS_OF_PROGRAMME, "", MAX_TEAMS, row.programme, True, [])
    guides = await views.rows(Facilitator, FACILITATORS_OF_PROGRAMME, "", MAX_TEAMS, row.programme)
    challenge = None if shown.team is None else await views.one(CHALLENGES, shown.team.challenge)
    found = {one for team in teams if team.status not in {"merged", "dissolved"} for one in team.members}
    found |= {one.person for one in guides if _facilitates(one, visit, row.team)}
    if challenge is not None and challenge.proposer is not None:
        found.add(challenge.proposer)
    return sorted(found - {*shown.members, *row.guests})


def _facilitates(one: Facilitator, visit: Visit, team: TeamId) -> bool:
    return (one.until is None or visit.at < one.until) and (not one.teams or team in one.teams)
