"""The guests of a trip: members of another CoP, the facilitator, or commissioners of the challenge (rule 13)."""

from domain.events.team import TeamFormed
from domain.events.trip import GuestInvited, GuestRole
from domain.foundation import (
    AsIs,
    Caller,
    Knowledge,
    OrganisationId,
    PersonId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    applies,
)
from domain.people.rights import roles_of
from domain.teams.team import OfTeam, TeamCommand, TeamRights, memberships_of
from domain.trips.trip import TripAccess, TripState, travels_along

# Refusals


class CannotBeGuest(Refusal):
    """Rule 13: guests are members of another CoP, the facilitator, or a commissioner of the challenge."""

    CODE = "cannot-be-guest"
    STATUS = 422
    TEXT = Text(
        en="A guest is a member of another CoP of the programme, your facilitator, or a commissioner of your challenge.",
        nl="Een gast is lid van een andere CoP van de leergang, jullie begeleider, of opdrachtgever van jullie vraagstuk.",
    )


# Knowledge


class Invitations(Knowledge):
    """The invitations of one person to travel along; None: of nobody."""

    def __init__(self, person: PersonId | None) -> None:
        super().__init__(*([] if person is None else [Selector(types=[GuestInvited], tags=[person])]))
        self.person = person
        self.by_trip: dict[TripId, GuestInvited] = {}

    @applies(GuestInvited)
    def _(self, event: GuestInvited) -> None:
        if event.person == self.person:
            self.by_trip[event.trip] = event


# Commands


class InviteGuest(TeamCommand):
    """Invite a guest on a trip, as any member may (rule 13). `team`: the trip's, whose commissioners can be guests."""

    def __init__(self, trip: TripId, *, team: TeamId, person: PersonId, by: Caller) -> None:
        super().__init__(by, team, boundary=[memberships_of(person), roles_of(person)])
        self.trip, self.team, self.person = trip, team, person
        self.trip_state = TripState(self.rights.teams, trip)
        self.access = TripAccess(self.rights, self.trip_state)

    def execute(self) -> None:
        idea, member = self.access.require_member_while_active()
        formed = self.rights.teams.formed[idea.team]
        role = self._role(formed)
        if role is None or self.person in self.rights.teams.members[idea.team]:
            raise CannotBeGuest(field="person_id")
        before = self.trip_state.guests.get(self.person)
        if before is not None and before.role == role:
            raise AsIs
        self.record(
            GuestInvited(
                trip=self.trip,
                team=idea.team,
                programme=idea.programme,
                member=member,
                person=self.person,
                role=role,
                organisation=formed.organisation if role == "commissioner" else None,
            )
        )

    def _role(self, formed: TeamFormed) -> GuestRole | None:
        """The role in which the person can be a guest; None if there is none."""
        if self._is_in_another_team(formed):
            return "participant"
        if self._is_facilitator(formed):
            return "facilitator"
        return "commissioner" if self._is_commissioner(formed.organisation, formed) else None

    def _is_in_another_team(self, formed: TeamFormed) -> bool:
        teams = self.rights.teams
        return (self.person, formed.programme) in self.rights.participants and any(
            self.person in members and teams.programmes.get(team) == formed.programme
            for team, members in teams.members.items()
        )

    def _is_facilitator(self, formed: TeamFormed) -> bool:
        """Whether the person facilitates the team, now or from a later time."""
        one = self.rights.facilitators.get((self.person, formed.programme))
        return (
            one is not None
            and (one.until is None or self.by.at < one.until)
            and (not one.teams or formed.team in one.teams)
        )

    def _is_commissioner(self, organisation: OrganisationId | None, formed: TeamFormed) -> bool:
        return organisation is not None and self.rights.is_contact(
            self.person, organisation, formed.challenge, programme=formed.programme
        )


# Rights


class TripRights(TeamRights):
    """The rights of a caller in teams (their own, and those that are named here), and on trips to which they were invited."""

    def __init__(self, by: Caller, *teams: TeamId) -> None:
        super().__init__(by, *teams)
        self.invitations = Invitations(by.person)

    def trips_as_guest(self, team: TeamId | None = None) -> list[TripId]:
        """The trips on which the caller travels along; of this CoP, if one is named."""
        theirs = ((trip, one) for trip, one in self.invitations.by_trip.items() if team in {None, one.team})
        return sorted(trip for trip, one in theirs if travels_along(self, one))

    def can_see_trip(self, trip: TripId, row: OfTeam) -> bool:
        """Whether the caller may see a trip: with the work of its CoP, or as a guest."""
        return self.can_see_work(row) or travels_along(self, self.invitations.by_trip.get(trip))
