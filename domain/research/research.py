"""What a team finds out: sources, interviews with the consent of who was asked, insights."""

from collections.abc import Collection
from datetime import date

from domain.events.research import (
    ConsentGiven,
    ConsentWithdrawn,
    InsightShared,
    InterviewHeld,
    InterviewPlanned,
    Scope,
    Sector,
    SourceLogged,
)
from domain.events.stakeholders import StakeholderIdentified
from domain.foundation import (
    AnyId,
    Caller,
    Command,
    Event,
    InsightId,
    InterviewId,
    NotFound,
    Personal,
    Refusal,
    Selector,
    SourceId,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.teams.own_work import OwnWork
from domain.teams.team import InTeam
from domain.timing import require_begun

# Refusals


class NotOfTheTeam(Refusal):
    """What a team names as its own is its own."""

    CODE = "not-of-the-team"
    STATUS = 422
    TEXT = Text(en="This team has nothing under this id.", nl="Deze CoP heeft niets onder dit kenmerk.")


class InterviewOver(Refusal):
    """An interview is held once."""

    CODE = "interview-held"
    TEXT = Text(en="This interview was held before.", nl="Dit interview is al gehouden.")


# What commands know


class KnowingInterviews(Command):
    """What a command knows that depends on interviews: which were planned and held, and the consent as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.interviews: dict[InterviewId, InterviewPlanned] = {}
        self.held: set[InterviewId] = set()
        self.consent: dict[InterviewId, Scope | None] = {}

    @staticmethod
    def about_interview(interview: str) -> Selector:
        """The events that say how far an interview may be used."""
        return Selector(types=[InterviewPlanned, InterviewHeld, ConsentGiven, ConsentWithdrawn], tags=[interview])

    @applies(InterviewPlanned)
    def _(self, event: InterviewPlanned) -> None:
        self.interviews[event.interview], self.consent[event.interview] = event, "background"

    @applies(InterviewHeld)
    def _(self, interview: InterviewId) -> None:
        self.held.add(interview)

    @applies(ConsentGiven)
    def _(self, interview: InterviewId, scope: Scope) -> None:
        self.consent[interview] = scope

    @applies(ConsentWithdrawn)
    def _(self, interview: InterviewId) -> None:
        self.consent[interview] = None


class KnowingResearch(KnowingInterviews):
    """What a command knows that names research: whose each thing is."""

    def __init__(self) -> None:
        super().__init__()
        self.whose: dict[str, TeamId] = {}

    def about_research(self, ids: Collection[str]) -> list[Selector]:
        """The events that say what these are, and of which team."""
        kinds: list[type[Event]] = [SourceLogged, InsightShared, StakeholderIdentified]
        return [*(self.about_interview(one) for one in ids), *(Selector(types=kinds, tags=[one]) for one in ids)]

    def team_of(self, id_: str) -> TeamId | None:
        """The team whose work this is; None if it is nobody's."""
        interview = self.interviews.get(InterviewId(id_))
        return self.whose.get(id_) if interview is None else interview.team

    @applies(SourceLogged)
    def _(self, source: SourceId, team: TeamId) -> None:
        self.whose[source] = team

    @applies(InsightShared)
    def _(self, insight: InsightId, team: TeamId) -> None:
        self.whose[insight] = team

    @applies(StakeholderIdentified)
    def _(self, event: StakeholderIdentified) -> None:
        self.whose[event.stakeholder] = event.team


# Commands


class LogSource(InTeam):
    """Log a source of the team."""

    def __init__(self, source: SourceId, *, team: TeamId, csl: Words, by: Caller) -> None:
        super().__init__()
        self.source, self.team, self.csl, self.by = source, team, csl, by

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        self.record(SourceLogged(source=self.source, team=self.team, programme=formed.programme, csl=self.csl))


class PlanInterview(InTeam):
    """Plan an interview; its day may lie in the past (rule 26)."""

    sector: Sector

    def __init__(
        self,
        interview: InterviewId,
        *,
        team: TeamId,
        who: Personal,
        role: Words,
        sector: Sector,
        on: date | None = None,
        by: Caller,
    ) -> None:
        super().__init__()
        self.interview, self.team, self.by = interview, team, by
        self.who, self.role, self.sector, self.on = who, role, sector, on

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        self.record(
            InterviewPlanned(
                interview=self.interview,
                team=self.team,
                programme=formed.programme,
                who=self.who,
                role=self.role,
                sector=self.sector,
                on=self.on,
            )
        )


class InInterview(OwnWork, KnowingInterviews):
    """Base of commands on one interview."""

    interview: InterviewId

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), self.about_interview(self.interview)]

    def require_interview(self) -> InterviewPlanned:
        """Raises `NotFound`, or `NotAllowed` to who guides the team."""
        planned = self.interviews.get(self.interview)
        if planned is None:
            raise NotFound
        self.require_own(planned.team, planned.programme)
        return planned


class HoldInterview(InInterview):
    """Record what was found in an interview: from its day on, where it has one (rule 29)."""

    def __init__(self, interview: InterviewId, *, findings: Words, by: Caller) -> None:
        super().__init__()
        self.interview, self.findings, self.by = interview, findings, by

    def execute(self) -> None:
        planned = self.require_interview()
        self.require_working_time(planned.programme)
        if self.interview in self.held:
            raise InterviewOver
        if planned.on is not None:
            require_begun(planned.on, self.by.at)
        self.record(
            InterviewHeld(
                interview=self.interview,
                team=planned.team,
                programme=planned.programme,
                sector=planned.sector,
                findings=self.findings,
            )
        )


class ShareInsight(InTeam, KnowingResearch):
    """Tell the team what one saw."""

    def __init__(
        self, insight: InsightId, *, team: TeamId, text: Words, about: AnyId | None = None, by: Caller
    ) -> None:
        super().__init__()
        self.insight, self.team, self.text, self.about, self.by = insight, team, text, about, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), *self.about_research([] if self.about is None else [self.about])]

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        if self.about is not None and self.team_of(self.about) != self.team:
            raise NotOfTheTeam(field="about")
        self.record(
            InsightShared(
                insight=self.insight, team=self.team, programme=formed.programme, text=self.text, about=self.about
            )
        )
