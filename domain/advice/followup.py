"""What becomes of a recommendation: the formal response, progress, the team's rejoinder, the end.

Commitments are in `commitment.py`.
"""

from typing import TypedDict

from msgspec.structs import replace

from domain.events.advice import RecommendationFormulated
from domain.events.followup import (
    FormalResponseGiven,
    OfRecommendation,
    Outcome,
    ProgressReported,
    RecommendationClosed,
    RejoinderAdded,
    ResponseVerdict,
)
from domain.events.presentation import AdviceDelivered, AdvicePresented, Stated
from domain.foundation import (
    Caller,
    ChallengeId,
    Event,
    NotAllowed,
    NotFound,
    OrganisationId,
    ProgrammeId,
    RecommendationId,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.teams.team import TeamWork

# Events. `by_team_member`: rule 25, a response by a member of the advising team says so.


class About(TypedDict):
    """What every event of `OfRecommendation` says of its recommendation."""

    recommendation: RecommendationId
    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None


def about(of: RecommendationFormulated | OfRecommendation) -> About:
    """What the next event says of the same recommendation."""
    return About(
        recommendation=of.recommendation,
        team=of.team,
        programme=of.programme,
        challenge=of.challenge,
        organisation=of.organisation,
    )


FOLLOW_UP: list[type[Event]] = [
    RecommendationFormulated,
    AdvicePresented,
    AdviceDelivered,
    FormalResponseGiven,
    RecommendationClosed,
]
"""The events that say how far a recommendation has come."""

# Refusals


class OnBehalfOf(Refusal):
    """Rule 19: nobody acts on the commissioner's behalf except as `on_behalf_of` with a reason."""

    CODE = "on-behalf-of-missing"
    STATUS = 403
    TEXT = Text(
        en="Only the commissioner does this, or a manager who says on whose behalf and why.",
        nl="Alleen de opdrachtgever doet dit, of een programmamanager die zegt namens wie en waarom.",
    )


class NotDelivered(Refusal):
    """Rule 18: delivery starts the six weeks; what was not delivered is not answered."""

    CODE = "not-delivered"
    TEXT = Text(en="This recommendation was not delivered yet.", nl="Deze aanbeveling is nog niet aangeboden.")


class Answered(Refusal):
    """A formal response to a delivered version stands."""

    CODE = "already-answered"
    TEXT = Text(en="This was responded to before.", nl="Hierop is al gereageerd.")


class NotAnswered(Refusal):
    """A rejoinder answers a response."""

    CODE = "not-answered"
    TEXT = Text(en="There is no response to this yet.", nl="Hierop is nog geen reactie.")


class RejectionNeedsReason(Refusal):
    """Rule 18: a rejection needs a reason."""

    CODE = "rejection-needs-reason"
    STATUS = 422
    TEXT = Text(en="Say why: a rejection needs a reason.", nl="Zeg waarom: bij een afwijzing hoort een reden.")


class NotAccepted(Refusal):
    """Commitments, progress and an end belong to what was accepted, wholly or partly."""

    CODE = "not-accepted"
    TEXT = Text(en="This recommendation was not accepted.", nl="Deze aanbeveling is niet overgenomen.")


class Closed(Refusal):
    """What is closed stays as it is; a later version that is presented begins anew."""

    CODE = "recommendation-closed"
    TEXT = Text(en="This recommendation is closed.", nl="Deze aanbeveling is afgesloten.")


# Commands


class ForCommissioner(TeamWork):
    """Base of commands that the commissioner gives: a contact of the organisation, or a manager on its behalf."""

    def require_commissioner(self, event: RecommendationFormulated | OfRecommendation, *, told: bool) -> None:
        """Raises `NotFound`, `NotAllowed`, `OnBehalfOf` or `ReasonMissing`. `told`: its organisations know of it."""
        if told and self.contact_for(event.organisation, event.challenge, programme=event.programme):
            if self.by.on_behalf_of not in {None, event.organisation}:
                raise OnBehalfOf
            return
        if self.manages(event.programme):
            if event.organisation is None or self.by.on_behalf_of != event.organisation:
                raise OnBehalfOf
            self.require_reason()
            return
        knows = self.by.person in self.members.get(event.team, ()) and self.participates(event.programme)
        if (
            knows
            or self.facilitates(event.programme, event.team)
            or (told and self.reads_for((event.organisation,), event.challenge, programme=event.programme))
        ):
            raise NotAllowed
        raise NotFound


class OnRecommendation(ForCommissioner):
    """Base of commands on one recommendation: how far it has come, and whose it is to answer: to whom it was presented last."""

    recommendation: RecommendationId
    formulated: RecommendationFormulated | None = None
    told: bool = False
    presented_version: int | None = None
    delivered_version: int | None = None
    answered_version: int | None = None
    verdict: ResponseVerdict | None = None
    closed: bool = False

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=FOLLOW_UP, tags=[self.recommendation])]

    @applies(RecommendationFormulated)
    def _(self, event: RecommendationFormulated) -> None:
        if event.recommendation != self.recommendation:
            return
        before = self.formulated if self.told else None
        now = before or event
        self.formulated = replace(event, challenge=now.challenge, organisation=now.organisation)

    @applies(AdvicePresented)
    def _(self, event: AdvicePresented) -> None:
        if self._stated(event.recommendations) != self.presented_version:  # what became of an earlier version is over
            self._begin_anew()
        self._handed(event)

    @applies(AdviceDelivered)
    def _(self, event: AdviceDelivered) -> None:
        self._handed(event)
        self.delivered_version = self.presented_version

    @applies(FormalResponseGiven)
    def _(self, version: int, verdict: ResponseVerdict) -> None:
        self.answered_version, self.verdict = version, verdict

    @applies(RecommendationClosed)
    def _(self) -> None:
        self.closed = True

    def _handed(self, event: AdvicePresented | AdviceDelivered) -> None:
        """It is for the commissioner to whom it was handed last, which may not be the one for whom it was written (rule 22).

        What another commissioner made of it is theirs.
        """
        if self.formulated is not None:
            if event.organisation != self.formulated.organisation:
                self._begin_anew()
            self.formulated = replace(self.formulated, challenge=event.challenge, organisation=event.organisation)
        self.told, self.presented_version = True, self._stated(event.recommendations)

    def _begin_anew(self) -> None:
        self.delivered_version = self.answered_version = self.verdict = None
        self.closed = False

    def _stated(self, recommendations: tuple[Stated, ...]) -> int | None:
        """The version of this recommendation among these."""
        return next((one.version for one in recommendations if one.recommendation == self.recommendation), None)

    def require_recommendation(self) -> RecommendationFormulated:
        """Raises `NotFound`."""
        if self.formulated is None:
            raise NotFound
        return self.formulated

    def require_open(self) -> None:
        """Raises `Closed`, `NotDelivered` or `NotAccepted`."""
        if self.closed:
            raise Closed
        if self.delivered_version is None:
            raise NotDelivered
        if self.verdict not in {"accepted", "partly_accepted"}:
            raise NotAccepted


class RespondToRecommendation(OnRecommendation):
    """Accept a recommendation, partly or wholly, or reject it with a reason."""

    wanted: ResponseVerdict

    def __init__(self, recommendation: RecommendationId, *, verdict: ResponseVerdict, by: Caller) -> None:
        super().__init__()
        self.recommendation, self.wanted, self.by = recommendation, verdict, by

    def execute(self) -> None:
        found = self.require_recommendation()
        self.require_commissioner(found, told=self.told)
        if self.closed:
            raise Closed
        if self.delivered_version is None:
            raise NotDelivered
        if self.answered_version == self.delivered_version:
            raise Answered
        if self.wanted == "rejected" and self.by.reason is None:
            raise RejectionNeedsReason(field="reason")
        self.record(
            FormalResponseGiven(
                **about(found),
                version=self.delivered_version,
                verdict=self.wanted,
                reason=self.by.reason,
                by_team_member=self.by.person in self.members.get(found.team, ()),
            )
        )


class ReportProgress(OnRecommendation):
    """Say how far an accepted recommendation has come."""

    def __init__(
        self, recommendation: RecommendationId, *, text: Words, evidence: Words | None = None, by: Caller
    ) -> None:
        super().__init__()
        self.recommendation, self.text, self.evidence, self.by = recommendation, text, evidence, by

    def execute(self) -> None:
        found = self.require_recommendation()
        self.require_commissioner(found, told=self.told)
        self.require_open()
        self.record(
            ProgressReported(
                **about(found),
                text=self.text,
                evidence=self.evidence,
            )
        )


class CloseRecommendation(OnRecommendation):
    """Say what became of an accepted recommendation, and why."""

    outcome: Outcome

    def __init__(self, recommendation: RecommendationId, *, outcome: Outcome, by: Caller) -> None:
        super().__init__()
        self.recommendation, self.outcome, self.by = recommendation, outcome, by

    def execute(self) -> None:
        found = self.require_recommendation()
        self.require_commissioner(found, told=self.told)
        self.require_open()
        self.require_reason()
        assert self.by.reason is not None, "just required"
        self.record(
            RecommendationClosed(
                **about(found),
                outcome=self.outcome,
                reason=self.by.reason,
            )
        )


class AddRejoinder(OnRecommendation):
    """Answer the formal response, as its team."""

    def __init__(self, recommendation: RecommendationId, *, text: Words, by: Caller) -> None:
        super().__init__()
        self.recommendation, self.text, self.by = recommendation, text, by

    def execute(self) -> None:
        found = self.require_recommendation()
        self.require_going_on_for(found.team)
        if not self.is_member(found.team, found.programme):
            theirs = (found.organisation,)
            speaks = self.told and self.reads_for(theirs, found.challenge, programme=found.programme)
            raise NotAllowed if speaks or self.facilitates(found.programme, found.team) else NotFound
        if self.answered_version is None:
            raise NotAnswered
        self.record(
            RejoinderAdded(
                **about(found),
                text=self.text,
            )
        )
