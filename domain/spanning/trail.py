"""What comes to concern an organisation later: earlier events, brought into its trail (docs/reference/audience.md)."""

from msgspec import Struct

from domain.events.challenge import ChallengeProposed, ChallengeRecommissioned
from domain.events.people import OrganisationRegistered
from domain.events.roles import ParticipantEnrolled, ParticipantMoved
from domain.events.trail import TrailBroughtIn
from domain.foundation import (
    Caller,
    Event,
    NotAllowed,
    NotFound,
    OrganisationId,
    ProgrammeId,
    Refusal,
    Selector,
    Text,
    applies,
)
from domain.people.rights import Acting

# Refusals


class NotToBringIn(Refusal):
    """The table of docs/reference/audience.md is complete: other events are visible to nobody outside the programme."""

    CODE = "not-to-bring-in"
    STATUS = 422
    TEXT = Text(
        en="At position {position} there is nothing of yours that an organisation may be told.",
        nl="Op positie {position} staat niets van jullie dat een organisatie mag worden verteld.",
    )


class AlreadyTold(Refusal):
    """What an organisation was told before needs no bringing in."""

    CODE = "already-told"
    TEXT = Text(
        en="The organisation was told of the fact at position {position} before.",
        nl="De organisatie wist al van het feit op positie {position}.",
    )


class NotConcerned(Refusal):
    """Rule 27: earlier events are told to an organisation that their programme names."""

    CODE = "not-concerned"
    STATUS = 422
    TEXT = Text(
        en="The event at position {position} is of a programme that names this organisation nowhere.",
        nl="De leergang van positie {position} noemt deze organisatie nergens: ze stuurde niemand en bracht geen vraagstuk in.",
    )


NAMING: list[type[Event]] = [ParticipantEnrolled, ParticipantMoved, ChallengeProposed, ChallengeRecommissioned]
"""The events by which a programme names an organisation."""

# Commands


class EarlierEvent(Struct, frozen=True):
    """What the log says of a position, which never changes: whose it is, to whom it was told, whether such events ever are.

    `programme` None: nothing stands there, or nothing of a programme.
    """

    position: int
    programme: ProgrammeId | None
    told: tuple[OrganisationId, ...] = ()
    tellable: bool = False


class BringIn(Acting):
    """Tell an organisation earlier events of programmes that one manages, and why: who brings in reads the trail."""

    def __init__(self, organisation: OrganisationId, *, events: tuple[EarlierEvent, ...], by: Caller) -> None:
        super().__init__()
        self.organisation, self.events, self.by = organisation, events, by
        self.known = False
        self.brought_in: set[int] = set()
        self.commissions_in: set[tuple[OrganisationId, ProgrammeId]] = set()

    def consistency_boundary(self) -> list[Selector]:
        about = Selector(types=[OrganisationRegistered, TrailBroughtIn], tags=[self.organisation])
        programmes = sorted({one.programme for one in self.events if one.programme})
        named = [Selector(types=NAMING, tags=[one, f"to:{self.organisation}"]) for one in programmes]
        return [*super().consistency_boundary(), about, *named]

    @applies(OrganisationRegistered)
    def _(self, organisation: OrganisationId) -> None:
        self.known |= organisation == self.organisation

    @applies(ChallengeProposed)
    def _(self, organisation: OrganisationId, programme: ProgrammeId) -> None:
        self.commissions_in.add((organisation, programme))

    @applies(ChallengeRecommissioned)
    def _(self, organisation: OrganisationId | None, programme: ProgrammeId) -> None:
        if organisation is not None:
            self.commissions_in.add((organisation, programme))

    @applies(TrailBroughtIn)
    def _(self, positions: tuple[int, ...]) -> None:
        self.brought_in.update(positions)

    def _names(self, programme: ProgrammeId | None) -> bool:
        """The programme names the organisation; the operator may tell of one before it does."""
        named = self.commissions_in | self.sent_to
        return self.manages_everything() or any((self.organisation, programme) == one for one in named)

    def execute(self) -> None:
        mine = sorted({one.programme for one in self.events if one.programme and self.manages(one.programme)})
        if not self.known:
            raise NotFound
        if not mine:
            raise NotAllowed if self.organisation in self.organisations_served() else NotFound
        for number, one in enumerate(self.events):
            if one.programme not in mine or not one.tellable:
                raise NotToBringIn(field=f"positions.{number}", position=one.position)
            if not self._names(one.programme):
                raise NotConcerned(field=f"positions.{number}", position=one.position)
            if self.organisation in one.told or one.position in self.brought_in:
                raise AlreadyTold(field=f"positions.{number}", position=one.position)
        self.require_reason()
        assert self.by.reason is not None, "just required"
        self.record(
            TrailBroughtIn(
                organisation=self.organisation,
                programmes=tuple(mine),
                positions=tuple(sorted(one.position for one in self.events)),
                reason=self.by.reason,
            )
        )
