"""How far what somebody said in an interview may be used (rule 20)."""

from domain.events.advice import RecommendationFormulated
from domain.events.research import ConsentGiven, ConsentWithdrawn, Scope
from domain.foundation import AsIs, Caller, InterviewId, RecommendationId, Selector, applies
from domain.research.research import InInterview


class SetConsent(InInterview):
    """Record the consent that somebody gives, or takes back (`scope` None), which flags the recommendations citing them."""

    scope: Scope | None

    def __init__(self, interview: InterviewId, *, scope: Scope | None, by: Caller) -> None:
        super().__init__()
        self.interview, self.scope, self.by = interview, scope, by
        self.citing: dict[RecommendationId, None] = {}

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), Selector(types=[RecommendationFormulated], tags=[self.interview])]

    @applies(RecommendationFormulated)
    def _(self, recommendation: RecommendationId) -> None:
        self.citing[recommendation] = None

    def execute(self) -> None:
        planned, now = self.require_interview(), self.consent.get(self.interview)
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
