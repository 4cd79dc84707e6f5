"""Bringing earlier events into the trail of an organisation that they concern by now (docs/reference/audience.md)."""

from msgspec import Struct

from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.events.roles import ParticipantEnrolled, ParticipantMoved
from domain.events.trail import TrailBroughtIn
from domain.foundation import (
    Caller,
    Event,
    Knowledge,
    NotAllowed,
    NotFound,
    OrganisationId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    applies,
)
from domain.people.people import KnownOrganisations
from domain.people.rights import CallerCommand

# Refusals


class NotToBringIn(Refusal):
    """docs/reference/audience.md is complete: events that it does not name are visible to nobody outside the programme."""

    CODE = "not-to-bring-in"
    STATUS = 422
    TEXT = Text(
        en="At position {position} there is no fact of your programmes that an organisation may see.",
        nl="Op positie {position} staat geen feit van je leergangen dat een organisatie mag zien.",
    )


class AlreadyVisible(Refusal):
    """An event that the organisation can already see is not brought in."""

    CODE = "already-told"
    TEXT = Text(
        en="The organisation can already see the fact at position {position}.",
        nl="De organisatie kan het feit op positie {position} al zien.",
    )


class NotConcerned(Refusal):
    """Rule 27: earlier events become visible to organisations that their programme names."""

    CODE = "not-concerned"
    STATUS = 422
    TEXT = Text(
        en="This organisation sent nobody to the programme of position {position} and brought no challenge.",
        nl="Deze organisatie stuurde niemand naar de leergang van positie {position} en bracht er geen vraagstuk in.",
    )


NAMING: list[type[Event]] = [ParticipantEnrolled, ParticipantMoved, ChallengeProposed, ChallengeRecommissioned]
"""The events by which a programme names an organisation."""

# Knowledge


class EarlierEvent(Struct, frozen=True):
    """An event at a position of the log: its programme, the organisations that can see it, and whether more of them may.

    `programme` None: there is no event at this position, or it belongs to no programme.
    """

    position: int
    programme: ProgrammeId | None
    visible_to: tuple[OrganisationId, ...] = ()
    shareable: bool = False


class NamingProgrammes(Knowledge):
    """The programmes among these that name an organisation: it sent somebody, or a challenge is or was its own."""

    def __init__(self, organisation: OrganisationId, *programmes: ProgrammeId) -> None:
        super().__init__(*(Selector(types=NAMING, tags=[one, f"to:{organisation}"]) for one in programmes))
        self.organisation = organisation
        self.programmes: set[ProgrammeId] = set()

    @applies(ParticipantEnrolled)
    def _(self, organisation: OrganisationId | None, programme: ProgrammeId) -> None:
        self._add(organisation, programme)

    @applies(ParticipantMoved)
    def _(self, organisation: OrganisationId | None, programme: ProgrammeId) -> None:
        self._add(organisation, programme)

    @applies(ChallengeProposed)
    def _(self, organisation: OrganisationId, programme: ProgrammeId) -> None:
        self._add(organisation, programme)

    @applies(ChallengeRecommissioned)
    def _(self, organisation: OrganisationId | None, programme: ProgrammeId) -> None:
        self._add(organisation, programme)

    def _add(self, organisation: OrganisationId | None, programme: ProgrammeId) -> None:
        if organisation == self.organisation:
            self.programmes.add(programme)


# Commands


class BringIn(CallerCommand):
    """Bring earlier events of programmes that the caller manages into an organisation's trail, with a reason that it reads."""

    def __init__(self, organisation: OrganisationId, *, events: tuple[EarlierEvent, ...], by: Caller) -> None:
        super().__init__(by, boundary=[Selector(types=[TrailBroughtIn], tags=[organisation])])
        self.organisation, self.events = organisation, events
        self.known_organisations = KnownOrganisations(organisation)
        self.naming = NamingProgrammes(organisation, *sorted({one.programme for one in events if one.programme}))
        self.brought_in: set[int] = set()

    @applies(TrailBroughtIn)
    def _(self, positions: tuple[int, ...]) -> None:
        self.brought_in.update(positions)

    def execute(self) -> None:
        named = {one.programme for one in self.events if one.programme}
        managed = sorted(one for one in named if self.rights.manages(one))
        if self.organisation not in self.known_organisations:
            raise NotFound
        if not managed:
            raise NotAllowed if self.organisation in self.rights.organisations_served() else NotFound
        for number, one in enumerate(self.events):
            if one.programme not in managed or not one.shareable:
                raise NotToBringIn(field=f"positions.{number}", position=one.position)
            if one.programme not in self.naming.programmes and not self.rights.manages_everything():
                raise NotConcerned(field=f"positions.{number}", position=one.position)
            if self.organisation in one.visible_to or one.position in self.brought_in:
                raise AlreadyVisible(field=f"positions.{number}", position=one.position)
        self.require_reason()
        assert self.by.reason is not None, "just required"
        self.record(
            TrailBroughtIn(
                organisation=self.organisation,
                programmes=tuple(managed),
                positions=tuple(sorted(one.position for one in self.events)),
                reason=self.by.reason,
            )
        )
