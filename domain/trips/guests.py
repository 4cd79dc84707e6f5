"""Who travels along with a CoP: members of another CoP, its facilitator, who commissions its challenge (rule 13)."""

from domain.events.team import TeamFormed
from domain.events.trip import GuestInvited, GuestRole
from domain.foundation import (
    AsIs,
    Caller,
    OrganisationId,
    PersonId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    applies,
)
from domain.teams.team import OfTeam, TeamRights
from domain.trips.trip import OnTrip, travels_along

# Refusals


class CannotBeGuest(Refusal):
    """Rule 13: guests are members of another CoP, the facilitator, or a commissioner of the challenge."""

    CODE = "cannot-be-guest"
    STATUS = 422
    TEXT = Text(
        en="A guest is a member of another CoP of the programme, your facilitator, or a commissioner of your challenge.",
        nl="Een gast is lid van een andere CoP van de leergang, jullie begeleider, of opdrachtgever van jullie vraagstuk.",
    )


# Commands


class InviteGuest(OnTrip):
    """Invite somebody to travel along, as any member may (rule 13). `team`: the trip's, whose commissioner may come."""

    def __init__(self, trip: TripId, *, team: TeamId, person: PersonId, by: Caller) -> None:
        super().__init__()
        self.trip, self.team, self.person, self.by = trip, team, person, by

    def consistency_boundary(self) -> list[Selector]:
        theirs = [self.of_person(self.person), self.roles_of(self.person)]
        return [*super().consistency_boundary(), self.of_team(self.team), *theirs]

    def execute(self) -> None:
        idea, member = self.require_ahead()
        formed = self.teams[idea.team]
        role = self._role(formed)
        if role is None or self.person in self.members[idea.team]:
            raise CannotBeGuest(field="person_id")
        before = self.guests.get(self.person)
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
        """As what this person may come."""
        if self._is_in_another_team(formed):
            return "participant"
        if self._guides(formed):
            return "facilitator"
        return "commissioner" if self._commissions(formed.organisation, formed) else None

    def _is_in_another_team(self, formed: TeamFormed) -> bool:
        return (self.person, formed.programme) in self.participants and any(
            self.person in members and self.programmes.get(team) == formed.programme
            for team, members in self.members.items()
        )

    def _guides(self, formed: TeamFormed) -> bool:
        one = self.facilitators.get((self.person, formed.programme))
        return (
            one is not None
            and (one.until is None or self.by.at < one.until)
            and (not one.teams or formed.team in one.teams)
        )

    def _commissions(self, organisation: OrganisationId | None, formed: TeamFormed) -> bool:
        return organisation is not None and self.is_contact(
            self.person, organisation, formed.challenge, programme=formed.programme
        )


class TripRights(TeamRights):
    """The roles, memberships and invitations of one caller, learnt for reading."""

    def __init__(self, by: Caller) -> None:
        super().__init__(by)
        self.invited: dict[TripId, GuestInvited] = {}

    def consistency_boundary(self) -> list[Selector]:
        person = self.by.person
        mine = [] if person is None else [Selector(types=[GuestInvited], tags=[person])]
        return [*super().consistency_boundary(), *mine]

    @applies(GuestInvited)
    def _(self, event: GuestInvited) -> None:
        if event.person == self.by.person:
            self.invited[event.trip] = event

    def trips_as_guest(self, team: TeamId | None = None) -> list[TripId]:
        """The trips on which the caller travels along; of this CoP, if one is named."""
        theirs = ((trip, invited) for trip, invited in self.invited.items() if team in {None, invited.team})
        return sorted(trip for trip, invited in theirs if travels_along(self, invited))

    def sees_trip(self, trip: TripId, row: OfTeam) -> bool:
        """Who sees a trip: who sees its CoP's work, and its guests."""
        return self.sees_work(row) or travels_along(self, self.invited.get(trip))
