"""Research of a team: sources, interviews and insights."""

from collections.abc import Sequence
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
    Event,
    InsightId,
    InterviewId,
    Knowledge,
    NotFound,
    Personal,
    Refusal,
    Selector,
    SourceId,
    StakeholderId,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.teams.team import TeamCommand
from domain.timing import require_begun

# Refusals


class NotOfTheTeam(Refusal):
    """A team may only name its own work as its own."""

    CODE = "not-of-the-team"
    STATUS = 422
    TEXT = Text(en="This team has nothing with this id.", nl="Deze CoP heeft niets met dit id.")


class InterviewOver(Refusal):
    """An interview is held once."""

    CODE = "interview-held"
    TEXT = Text(en="This interview has already been held.", nl="Dit interview is al gehouden.")


# Knowledge


class Interviews(Knowledge):
    """The interviews of these ids: planned and held, and the consent for each as it is now (None: withdrawn)."""

    def __init__(self, *ids: str) -> None:
        kinds: list[type[Event]] = [InterviewPlanned, InterviewHeld, ConsentGiven, ConsentWithdrawn]
        super().__init__(*(Selector(types=kinds, tags=[one]) for one in ids))
        self.planned: dict[InterviewId, InterviewPlanned] = {}
        self.held: set[InterviewId] = set()
        self.consent: dict[InterviewId, Scope | None] = {}

    @applies(InterviewPlanned)
    def _(self, event: InterviewPlanned) -> None:
        self.planned[event.interview], self.consent[event.interview] = event, "background"

    @applies(InterviewHeld)
    def _(self, interview: InterviewId) -> None:
        self.held.add(interview)

    @applies(ConsentGiven)
    def _(self, interview: InterviewId, scope: Scope) -> None:
        self.consent[interview] = scope

    @applies(ConsentWithdrawn)
    def _(self, interview: InterviewId) -> None:
        self.consent[interview] = None

    def require_interview(self, interview: InterviewId) -> InterviewPlanned:
        """Return the interview as it was planned. Raises `NotFound`."""
        planned = self.planned.get(interview)
        if planned is None:
            raise NotFound
        return planned


class Research(Knowledge):
    """The teams to which the sources, interviews, insights and stakeholders of these ids belong.

    `background`: selects further events that never conflict.
    """

    def __init__(self, *ids: str, boundary: Sequence[Selector] = (), background: Sequence[Selector] = ()) -> None:
        kinds: list[type[Event]] = [SourceLogged, InsightShared, StakeholderIdentified]
        super().__init__(*(Selector(types=kinds, tags=[one]) for one in ids), *boundary, background=background)
        self.interviews = Interviews(*ids)
        self.teams: dict[str, TeamId] = {}

    @applies(SourceLogged)
    def _(self, source: SourceId, team: TeamId) -> None:
        self.teams[source] = team

    @applies(InsightShared)
    def _(self, insight: InsightId, team: TeamId) -> None:
        self.teams[insight] = team

    @applies(StakeholderIdentified)
    def _(self, stakeholder: StakeholderId, team: TeamId) -> None:
        self.teams[stakeholder] = team

    def team_of(self, id_: str) -> TeamId | None:
        """The team to which this belongs; None if nothing has this id."""
        interview = self.interviews.planned.get(InterviewId(id_))
        return self.teams.get(id_) if interview is None else interview.team


# Commands


class LogSource(TeamCommand):
    """Log a source of the team."""

    def __init__(self, source: SourceId, *, team: TeamId, csl: Words, by: Caller) -> None:
        super().__init__(by, team)
        self.source, self.team, self.csl = source, team, csl

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        self.record(SourceLogged(source=self.source, team=self.team, programme=formed.programme, csl=self.csl))


class PlanInterview(TeamCommand):
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
        super().__init__(by, team)
        self.interview, self.team = interview, team
        self.who, self.role, self.sector, self.on = who, role, sector, on

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
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


class HoldInterview(TeamCommand):
    """Record the findings of an interview: from its day on, if it has one (rule 29)."""

    def __init__(self, interview: InterviewId, *, findings: Words, by: Caller) -> None:
        super().__init__(by)
        self.interview, self.findings = interview, findings
        self.interviews = Interviews(interview)

    def execute(self) -> None:
        planned = self.interviews.require_interview(self.interview)
        self.rights.require_own(planned.team, planned.programme)
        self.rights.teams.require_not_concluded(planned.programme)
        if self.interview in self.interviews.held:
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


class ShareInsight(TeamCommand):
    """Share an insight with the team, about something of the team or on its own."""

    def __init__(
        self, insight: InsightId, *, team: TeamId, text: Words, about: AnyId | None = None, by: Caller
    ) -> None:
        super().__init__(by, team)
        self.insight, self.team, self.text, self.about = insight, team, text, about
        self.research = Research(*([] if about is None else [about]))

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        if self.about is not None and self.research.team_of(self.about) != self.team:
            raise NotOfTheTeam(field="about")
        self.record(
            InsightShared(
                insight=self.insight, team=self.team, programme=formed.programme, text=self.text, about=self.about
            )
        )
