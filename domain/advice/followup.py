"""Follow-up of a recommendation: the formal response, progress, the team's rejoinder, the closing.

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
from domain.events.presentation import AdviceDelivered, AdvicePresented, HandedRecommendation
from domain.foundation import (
    Caller,
    ChallengeId,
    Event,
    Knowledge,
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
from domain.people.rights import CallerCommand
from domain.teams.team import TeamRights


class About(TypedDict):
    """The fields that all events of `OfRecommendation` have."""

    recommendation: RecommendationId
    team: TeamId
    programme: ProgrammeId
    challenge: ChallengeId
    organisation: OrganisationId | None


def about(of: RecommendationFormulated | OfRecommendation) -> About:
    """The fields of the next event about the same recommendation."""
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
"""The events that change the follow-up of a recommendation."""

# Refusals


class OnBehalfOf(Refusal):
    """Rule 19: acting on the commissioner's behalf takes `on_behalf_of` and a reason."""

    CODE = "on-behalf-of-missing"
    STATUS = 403
    TEXT = Text(
        en="Only the commissioner can do this, or a manager who says on whose behalf and why.",
        nl="Alleen de opdrachtgever kan dit doen, of een programmamanager die zegt namens wie en waarom.",
    )


class NotDelivered(Refusal):
    """Rule 18: delivery starts the time for a response; a recommendation is answered after that."""

    CODE = "not-delivered"
    TEXT = Text(en="This recommendation has not been delivered yet.", nl="Deze aanbeveling is nog niet aangeboden.")


class Answered(Refusal):
    """A delivered version gets one formal response, which is final."""

    CODE = "already-answered"
    TEXT = Text(en="There is already a response to this.", nl="Hierop is al gereageerd.")


class NotAnswered(Refusal):
    """A rejoinder answers a response."""

    CODE = "not-answered"
    TEXT = Text(en="There is no response to this yet.", nl="Hierop is nog niet gereageerd.")


class RejectionNeedsReason(Refusal):
    """Rule 18: a rejection needs a reason."""

    CODE = "rejection-needs-reason"
    STATUS = 422
    TEXT = Text(en="A rejection needs a reason.", nl="Bij een afwijzing hoort een reden.")


class NotAccepted(Refusal):
    """Commitments, progress and closing need a recommendation that was accepted, at least partly."""

    CODE = "not-accepted"
    TEXT = Text(en="This recommendation was not accepted.", nl="Deze aanbeveling is niet overgenomen.")


class Closed(Refusal):
    """A closed recommendation cannot be changed; presenting a later version opens it again."""

    CODE = "recommendation-closed"
    TEXT = Text(en="This recommendation is closed.", nl="Deze aanbeveling is afgesloten.")


# Knowledge


class FollowUp(Knowledge):
    """The follow-up of one recommendation: the versions handed over and answered, the verdict, and whether it is closed.

    `formulated`: its last version, with the challenge and the commissioner to which it was last handed over. `visible`: whether
    the commissioner can see it, since it was presented or delivered.
    """

    def __init__(self, recommendation: RecommendationId) -> None:
        super().__init__(Selector(types=FOLLOW_UP, tags=[recommendation]))
        self.recommendation = recommendation
        self.formulated: RecommendationFormulated | None = None
        self.visible = False
        self.presented_version: int | None = None
        self.delivered_version: int | None = None
        self.answered_version: int | None = None
        self.verdict: ResponseVerdict | None = None
        self.closed = False

    @applies(RecommendationFormulated)
    def _(self, event: RecommendationFormulated) -> None:
        if event.recommendation != self.recommendation:
            return
        before = self.formulated if self.visible else None
        now = before or event
        self.formulated = replace(event, challenge=now.challenge, organisation=now.organisation)

    @applies(AdvicePresented)
    def _(self, event: AdvicePresented) -> None:
        if (
            self._version_in(event.recommendations) != self.presented_version
        ):  # the follow-up of an earlier version is over
            self._begin_anew()
        self._hand_over(event)

    @applies(AdviceDelivered)
    def _(self, event: AdviceDelivered) -> None:
        self._hand_over(event)
        self.delivered_version = self.presented_version

    @applies(FormalResponseGiven)
    def _(self, recommendation: RecommendationId, version: int, verdict: ResponseVerdict) -> None:
        if recommendation == self.recommendation:
            self.answered_version, self.verdict = version, verdict

    @applies(RecommendationClosed)
    def _(self, recommendation: RecommendationId) -> None:
        self.closed |= recommendation == self.recommendation

    def _hand_over(self, event: AdvicePresented | AdviceDelivered) -> None:
        """Set the commissioner to the last one that received it, perhaps another than it was written for (rule 22).

        A response by an earlier commissioner does not count for the next.
        """
        if self.formulated is not None:
            if event.organisation != self.formulated.organisation:
                self._begin_anew()
            self.formulated = replace(self.formulated, challenge=event.challenge, organisation=event.organisation)
        self.visible, self.presented_version = True, self._version_in(event.recommendations)

    def _begin_anew(self) -> None:
        self.delivered_version = self.answered_version = self.verdict = None
        self.closed = False

    def _version_in(self, recommendations: tuple[HandedRecommendation, ...]) -> int | None:
        """The version of this recommendation among these."""
        return next((one.version for one in recommendations if one.recommendation == self.recommendation), None)

    def require_recommendation(self) -> RecommendationFormulated:
        """Return the recommendation. Raises `NotFound`."""
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


# Commands


class FollowUpCommand(CallerCommand):
    """A command of follow-up: mostly by the commissioner, or by a manager on its behalf."""

    rights: TeamRights  # pyright: ignore[reportIncompatibleVariableOverride]  set once, here

    def __init__(self, by: Caller) -> None:
        super().__init__(by, rights=TeamRights(by))

    def require_commissioner(self, event: RecommendationFormulated | OfRecommendation, *, visible: bool) -> None:
        """Raises unless the caller is the commissioner, or a manager on its behalf with a reason.

        Raises `NotFound`, `NotAllowed`, `OnBehalfOf` or `ReasonMissing`. `visible`: whether the commissioner can see it.
        """
        if visible and self.rights.contact_for(event.organisation, event.challenge, programme=event.programme):
            if self.by.on_behalf_of not in {None, event.organisation}:
                raise OnBehalfOf
            return
        if self.rights.manages(event.programme):
            if event.organisation is None or self.by.on_behalf_of != event.organisation:
                raise OnBehalfOf
            self.require_reason()
            return
        if (
            self.rights.is_member(event.team, event.programme)
            or self.rights.facilitates(event.programme, event.team)
            or (visible and self.rights.reads_for((event.organisation,), event.challenge, programme=event.programme))
        ):
            raise NotAllowed
        raise NotFound


class RespondToRecommendation(FollowUpCommand):
    """Accept a recommendation, partly or wholly, or reject it with a reason."""

    verdict: ResponseVerdict

    def __init__(self, recommendation: RecommendationId, *, verdict: ResponseVerdict, by: Caller) -> None:
        super().__init__(by)
        self.recommendation, self.verdict = recommendation, verdict
        self.follow_up = FollowUp(recommendation)

    def execute(self) -> None:
        found = self.follow_up.require_recommendation()
        self.require_commissioner(found, visible=self.follow_up.visible)
        if self.follow_up.closed:
            raise Closed
        if self.follow_up.delivered_version is None:
            raise NotDelivered
        if self.follow_up.answered_version == self.follow_up.delivered_version:
            raise Answered
        if self.verdict == "rejected" and self.by.reason is None:
            raise RejectionNeedsReason(field="reason")
        self.record(
            FormalResponseGiven(
                **about(found),
                version=self.follow_up.delivered_version,
                verdict=self.verdict,
                reason=self.by.reason,
                by_team_member=self.by.person in self.rights.teams.members.get(found.team, ()),
            )
        )


class ReportProgress(FollowUpCommand):
    """Report the progress of an accepted recommendation."""

    def __init__(
        self, recommendation: RecommendationId, *, text: Words, evidence: Words | None = None, by: Caller
    ) -> None:
        super().__init__(by)
        self.recommendation, self.text, self.evidence = recommendation, text, evidence
        self.follow_up = FollowUp(recommendation)

    def execute(self) -> None:
        found = self.follow_up.require_recommendation()
        self.require_commissioner(found, visible=self.follow_up.visible)
        self.follow_up.require_open()
        self.record(
            ProgressReported(
                **about(found),
                text=self.text,
                evidence=self.evidence,
            )
        )


class CloseRecommendation(FollowUpCommand):
    """Close an accepted recommendation with its outcome and a reason."""

    outcome: Outcome

    def __init__(self, recommendation: RecommendationId, *, outcome: Outcome, by: Caller) -> None:
        super().__init__(by)
        self.recommendation, self.outcome = recommendation, outcome
        self.follow_up = FollowUp(recommendation)

    def execute(self) -> None:
        found = self.follow_up.require_recommendation()
        self.require_commissioner(found, visible=self.follow_up.visible)
        self.follow_up.require_open()
        self.require_reason()
        assert self.by.reason is not None, "just required"
        self.record(
            RecommendationClosed(
                **about(found),
                outcome=self.outcome,
                reason=self.by.reason,
            )
        )


class AddRejoinder(FollowUpCommand):
    """Answer the formal response, as a member of the advising team."""

    def __init__(self, recommendation: RecommendationId, *, text: Words, by: Caller) -> None:
        super().__init__(by)
        self.recommendation, self.text = recommendation, text
        self.follow_up = FollowUp(recommendation)

    def execute(self) -> None:
        found = self.follow_up.require_recommendation()
        self.rights.refuse_last_member(found.team)
        if not self.rights.is_member(found.team, found.programme):
            can_see = self.rights.facilitates(found.programme, found.team) or (
                self.follow_up.visible
                and self.rights.reads_for((found.organisation,), found.challenge, programme=found.programme)
            )
            raise NotAllowed if can_see else NotFound
        if self.follow_up.answered_version is None:
            raise NotAnswered
        self.record(
            RejoinderAdded(
                **about(found),
                text=self.text,
            )
        )
