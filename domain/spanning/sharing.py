"""Sharing of a team's work, and comments on it."""

from collections.abc import Mapping
from copy import copy

from domain.events.advice import (
    AnswerDrafted,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
    SummaryDrafted,
)
from domain.events.commitment import CommitmentMade
from domain.events.files import FileAttached
from domain.events.gathering import GatheringPlanned
from domain.events.minutes import MinutesCorrected, MinutesWritten
from domain.events.sharing import Circle, CommentAdded, CommentedPart, WorkShared
from domain.events.team import TeamFormed
from domain.events.trip import TripIdeaProposed
from domain.foundation import (
    AnyId,
    AsIs,
    Caller,
    CommentId,
    CommitmentId,
    Event,
    FileId,
    GatheringId,
    Knowledge,
    OrganisationId,
    PersonId,
    RecommendationId,
    Refusal,
    Selector,
    TeamId,
    Text,
    TripId,
    Words,
    applies,
)
from domain.research.evidence import Evidence
from domain.research.research import NotOfTheTeam
from domain.teams.team import TeamCommand, TeamRights

ALL: frozenset[Circle] = frozenset({"programme", "commissioner"})
SHAREABLE: Mapping[str, frozenset[Circle]] = {
    "comment": ALL,
    "commitment": ALL,
    "file": ALL,
    "gathering": ALL,
    "insight": ALL,
    "interview": ALL,
    "item": frozenset(),
    "recommendation": ALL,
    "source": ALL,
    "stakeholder": frozenset({"programme"}),
    "trip": ALL,
}
"""The circles with which each kind of work can be shared, by the prefix of its ids; work of any other kind cannot be shared."""

# Refusals


class NotForCommissioners(Refusal):
    """A commissioner never sees stakeholder scores (docs/reference/roles.md)."""

    CODE = "not-for-commissioners"
    TEXT = Text(
        en="The stakeholder map cannot be shared with a commissioner.",
        nl="Je kunt de kaart van belanghebbenden niet met een opdrachtgever delen.",
    )


class NoSuchVersion(Refusal):
    """Rule 35: a version that is shared or commented on exists."""

    CODE = "no-such-version"
    STATUS = 422
    TEXT = Text(en="This has no version {version}.", nl="Hiervan bestaat geen versie {version}.")


class NoSuchPart(Refusal):
    """Rule 35: a part that is commented on belongs to the thing, and has been written."""

    CODE = "no-such-part"
    STATUS = 422
    TEXT = Text(
        en="This has no such part, or it has not been written yet.",
        nl="Dit onderdeel bestaat hier niet, of het is nog niet geschreven.",
    )


class NotSharedAlone(Refusal):
    """Part of something else is shared together with it."""

    CODE = "not-shared-alone"
    STATUS = 422
    TEXT = Text(
        en="This is part of a trip. Share the trip instead.",
        nl="Dit hoort bij een studiereis. Deel de studiereis.",
    )


class NobodyToShareWith(Refusal):
    """A challenge in the public interest has no commissioner."""

    CODE = "nobody-to-share-with"
    TEXT = Text(en="This team has no commissioner.", nl="Deze CoP heeft geen opdrachtgever.")


# Knowledge


class Work(Evidence):
    """Any work of teams of these ids. `versions`: the last one of each recommendation.

    The events that create work are background: the team to which something belongs never changes. They are found by its id, as
    what was said about it is.
    """

    def __init__(self, *ids: str) -> None:
        kinds: list[type[Event]] = [
            RecommendationFormulated,
            FileAttached,
            CommitmentMade,
            CommentAdded,
            TripIdeaProposed,
            GatheringPlanned,
        ]
        super().__init__(*ids, background=[Selector(types=kinds, tags=[one]) for one in ids])
        self.versions: dict[str, int] = {}

    @applies(RecommendationFormulated)
    def _(self, recommendation: RecommendationId, team: TeamId, version: int) -> None:
        self.teams[recommendation], self.versions[recommendation] = team, version

    @applies(FileAttached)
    def _(self, file: FileId, team: TeamId) -> None:
        self.teams[file] = team

    @applies(CommitmentMade)
    def _(self, commitment: CommitmentId, team: TeamId) -> None:
        self.teams[commitment] = team

    @applies(CommentAdded)
    def _(self, comment: CommentId, team: TeamId) -> None:
        self.teams[comment] = team

    @applies(TripIdeaProposed)
    def _(self, trip: TripId, team: TeamId) -> None:
        self.teams[trip] = team

    @applies(GatheringPlanned)
    def _(self, gathering: GatheringId, teams: tuple[TeamId, ...]) -> None:
        if len(teams) == 1:
            self.teams[gathering] = teams[0]


class Versions(Knowledge):
    """The last versions of the parts of one thing: of the advice of this team, or of this gathering.

    They are background: a version that is written meanwhile does not change what a comment is about.
    """

    def __init__(self, on: AnyId) -> None:
        kinds: list[type[Event]] = [
            ProblemStatementRevised,
            GuidingQuestionFixed,
            AnswerDrafted,
            SummaryDrafted,
            MinutesWritten,
            MinutesCorrected,
        ]
        super().__init__(background=[Selector(types=kinds, tags=[on])])
        self.on = on
        self.last: dict[CommentedPart, int] = {}

    @applies(ProblemStatementRevised)
    def _(self, team: TeamId, version: int) -> None:
        self._fold("problem_statement", team, version)

    @applies(GuidingQuestionFixed)
    def _(self, team: TeamId, version: int) -> None:
        self._fold("guiding_question", team, version)

    @applies(AnswerDrafted)
    def _(self, team: TeamId, version: int) -> None:
        self._fold("answer", team, version)

    @applies(SummaryDrafted)
    def _(self, team: TeamId, version: int) -> None:
        self._fold("summary", team, version)

    @applies(MinutesWritten)
    def _(self, gathering: GatheringId, version: int) -> None:
        self._fold("minutes", gathering, version)

    @applies(MinutesCorrected)
    def _(self, gathering: GatheringId, version: int) -> None:
        self._fold("minutes", gathering, version)

    def _fold(self, part: CommentedPart, of: str, version: int) -> None:
        if of == self.on:
            self.last[part] = version


# Commands


class AddComment(TeamCommand):
    """Comment on something of the team, or on all its work (`on` the team itself), in a version that exists (rule 35).

    `part`: the part of the team's advice, or the minutes of a gathering. `version`: by default the last one.
    """

    def __init__(
        self,
        comment: CommentId,
        *,
        team: TeamId,
        on: AnyId,
        text: Words,
        part: CommentedPart | None = None,
        version: int | None = None,
        answers: CommentId | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by, team)
        self.comment, self.team, self.on, self.text, self.answers = comment, team, on, text, answers
        self.part: CommentedPart | None = part
        self.version = version
        self.work = Work(*([on] if answers is None else [on, answers]))
        self.versions = Versions(on)

    def execute(self) -> None:
        formed = self.rights.teams.require_team(self.team)
        self.rights.require_member_or_facilitator(self.team, formed.programme, formed.organisation)
        if str(self.on) != self.team and self.work.team_of(self.on) != self.team:
            raise NotOfTheTeam(field="on")
        if self.answers is not None and self.work.team_of(self.answers) != self.team:
            raise NotOfTheTeam(field="answers")
        version = self._require_version()
        self.record(
            CommentAdded(
                comment=self.comment,
                team=self.team,
                programme=formed.programme,
                author=self.by.person,
                on=self.on,
                text=self.text,
                answers=self.answers,
                part=self.part,
                version=version,
            )
        )

    def _require_version(self) -> int | None:
        """Return the version that the comment is about. Raises `NoSuchPart` or `NoSuchVersion` (rule 35)."""
        last = self.work.versions.get(self.on) if self.part is None else self.versions.last.get(self.part)
        if self.part is not None and last is None:
            raise NoSuchPart(field="part")
        if self.version is not None and not 1 <= self.version <= (last or 0):
            raise NoSuchVersion(field="version", version=self.version)
        return self.version or last


class ShareWork(TeamCommand):
    """Share something of the team with its commissioner, or with the programme."""

    circle: Circle

    def __init__(self, item: AnyId, *, team: TeamId, circle: Circle, version: int | None = None, by: Caller) -> None:
        super().__init__(by, team, boundary=[Selector(types=[WorkShared], tags=[item])])
        self.item, self.team, self.circle, self.version = item, team, circle, version
        self.work = Work(item)
        self.shared: set[tuple[OrganisationId | None, int | None]] = set()

    @applies(WorkShared)
    def _(self, organisation: OrganisationId | None, version: int | None) -> None:
        self.shared.add((organisation, version))

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
        if self.work.team_of(self.item) != self.team:
            raise NotOfTheTeam(field="item_id")
        circles = SHAREABLE.get(self.item.rpartition("_")[0], frozenset())
        if not circles:
            raise NotSharedAlone(field="item_id")
        if self.version is not None and not 1 <= self.version <= self.work.versions.get(self.item, 0):
            raise NoSuchVersion(field="version", version=self.version)
        for_commissioner = self.circle == "commissioner"
        if self.circle not in circles:
            raise NotForCommissioners(field="with")
        if for_commissioner and formed.organisation is None:
            raise NobodyToShareWith(field="with")
        organisation = formed.organisation if for_commissioner else None
        if (organisation, self.version) in self.shared:
            raise AsIs
        self.record(
            WorkShared(
                item=self.item,
                version=self.version,
                team=self.team,
                programme=formed.programme,
                organisation=organisation,
                circle=self.circle,
            )
        )


# Reading


class WorkReader(TeamRights):
    """The rights of a caller as a reader of one team's work. `others`: teams whose work they read too (`of_other`)."""

    def __init__(self, team: TeamId, *others: TeamId, by: Caller) -> None:
        super().__init__(by, team, *others)
        self.team = team

    def of_other(self, team: TeamId) -> "WorkReader":
        """The same caller as a reader of the work of one of `others`."""
        other = copy(self)
        other.team = team
        return other

    def require_team(self) -> TeamFormed:
        """Return the team as it is now. Raises `NotFound` if there is none."""
        return self.teams.require_team(self.team)

    @property
    def reads_all(self) -> bool:
        """Whether the caller may read all of it: a member, a last member of a team that ended, or a facilitator."""
        formed = self.teams.formed.get(self.team)
        return formed is not None and self.can_see_work(formed)

    @property
    def author(self) -> PersonId | None:
        """The caller, if they may be the author of some of the work: former members keep reading what they made (rule 10)."""
        formed = self.teams.formed.get(self.team)
        return self.by.person if formed is not None and self.participates(formed.programme) else None

    def made(self, made_by: str | None) -> bool:
        """Whether this is the caller's own work."""
        return made_by is not None and made_by == self.author
