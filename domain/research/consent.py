"""Consent for an interview: how far it may be used (rule 20)."""

from domain.events.advice import RecommendationFormulated
from domain.events.research import ConsentGiven, ConsentWithdrawn, Scope
from domain.foundation import AsIs, Caller, InterviewId, RecommendationId, Selector, applies
from domain.research.research import Interviews
from domain.teams.team import TeamCommand


class SetConsent(TeamCommand):
    """Record the consent of the person interviewed, or its withdrawal (`scope` None), and flag what cites it."""

    scope: Scope | None

    def __init__(self, interview: InterviewId, *, scope: Scope | None, by: Caller) -> None:
        super().__init__(by, boundary=[Selector(types=[RecommendationFormulated], tags=[interview])])
        self.interview, self.scope = interview, scope
        self.interviews = Interviews(interview)
        self.citing: dict[RecommendationId, None] = {}

    @applies(RecommendationFormulated)
    def _(self, recommendation: RecommendationId) -> None:
        self.citing[recommendation] = None

    def execute(self) -> None:
        planned = self.interviews.require_interview(self.interview)
        self.rights.require_own(planned.team, planned.programme)
        now = self.interviews.consent.get(self.interview)
        if self.scope is None and now is None:
            raise AsIs
        if self.scope is not None:
            self.record(
                ConsentGiven(
                    interview=self.interview,
                    recommendations=tuple(self.citing),
                    team=planned.team,
                    programme=planned.programme,
                    scope=self.scope,
                )
            )
        elif now is not None:
            self.record(
                ConsentWithdrawn(
                    interview=self.interview,
                    recommendations=tuple(self.citing),
                    team=planned.team,
                    programme=planned.programme,
                    scope=now,
                )
            )
