"""What people say about a team's work, and to whom the team shows it."""

from collections.abc import Collection

from domain.events.advice import RecommendationFormulated
from domain.events.commitment import CommitmentMade
from domain.events.files import FileAttached
from domain.events.gathering import GatheringPlanned
from domain.events.sharing import Circle, CommentAdded, WorkShared
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
from domain.research.evidence import KnowingEvidence
from domain.research.research import NotOfTheTeam
from domain.teams.team import InTeam, TeamRights

# Refusals


class NotForCommissioners(Refusal):
    """A commissioner never sees stakeholder scores (docs/reference/roles.md)."""

    CODE = "not-for-commissioners"
    TEXT = Text(
        en="The stakeholder map is not shown to a commissioner.",
        nl="De kaart van belanghebbenden wordt niet aan een opdrachtgever getoond.",
    )


class NoSuchVersion(Refusal):
    """What is shown in one version has that version; recommendations alone are written in versions."""

    CODE = "no-such-version"
    STATUS = 422
    TEXT = Text(en="This has no version {version}.", nl="Hiervan is er geen versie {version}.")


class NotSharedAlone(Refusal):
    """What is shown with something else is shared with it."""

    CODE = "not-shared-alone"
    STATUS = 422
    TEXT = Text(
        en="This is part of a trip. Share the trip instead.",
        nl="Dit hoort bij een studiereis. Deel dan de studiereis.",
    )


class NobodyToShareWith(Refusal):
    """A challenge in the public interest has no commissioner."""

    CODE = "nobody-to-share-with"
    TEXT = Text(en="This team has no commissioner.", nl="Deze CoP heeft geen opdrachtgever.")


# Commands


class KnowingWork(KnowingEvidence):
    """What a command knows that names any thing of a team. `versions`: how many a recommendation has."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: dict[str, int] = {}

    def made_as_work(self, ids: Collection[str]) -> list[Selector]:
        """The events by which things of a team come into being: of which team one is never changes, so they are background.

        What is said about a thing stands under its id too.
        """
        kinds: list[type[Event]] = [
            RecommendationFormulated,
            FileAttached,
            CommitmentMade,
            CommentAdded,
            TripIdeaProposed,
            GatheringPlanned,
        ]
        return [Selector(types=kinds, tags=[one]) for one in ids]

    @applies(RecommendationFormulated)
    def _(self, recommendation: RecommendationId, team: TeamId, version: int) -> None:
        self.whose[recommendation], self.versions[recommendation] = team, version

    @applies(FileAttached)
    def _(self, file: FileId, team: TeamId) -> None:
        self.whose[file] = team

    @applies(CommitmentMade)
    def _(self, commitment: CommitmentId, team: TeamId) -> None:
        self.whose[commitment] = team

    @applies(CommentAdded)
    def _(self, comment: CommentId, team: TeamId) -> None:
        self.whose[comment] = team

    @applies(TripIdeaProposed)
    def _(self, trip: TripId, team: TeamId) -> None:
        self.whose[trip] = team

    @applies(GatheringPlanned)
    def _(self, gathering: GatheringId, teams: tuple[TeamId, ...]) -> None:
        if len(teams) == 1:
            self.whose[gathering] = teams[0]


class AddComment(InTeam, KnowingWork):
    """Say or ask something about a thing of the team, or about the team's work as a whole (`on` the team itself)."""

    def __init__(
        self, comment: CommentId, *, team: TeamId, on: AnyId, text: Words, answers: CommentId | None = None, by: Caller
    ) -> None:
        super().__init__()
        self.comment, self.team, self.on, self.text, self.answers, self.by = comment, team, on, text, answers, by

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), *self.about_evidence(self._named)]

    def background(self) -> list[Selector]:
        return [*super().background(), *self.made_as_work(self._named)]

    @property
    def _named(self) -> list[AnyId | CommentId]:
        return [self.on] if self.answers is None else [self.on, self.answers]

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member_or_guide(self.team, formed.programme, formed.organisation)
        if str(self.on) != self.team and self.team_of(self.on) != self.team:
            raise NotOfTheTeam(field="on")
        if self.answers is not None and self.team_of(self.answers) != self.team:
            raise NotOfTheTeam(field="answers")
        self.record(
            CommentAdded(
                comment=self.comment,
                team=self.team,
                programme=formed.programme,
                author=self.by.person,
                on=self.on,
                text=self.text,
                answers=self.answers,
            )
        )


class ShareWork(InTeam, KnowingWork):
    """Show a thing of the team to its commissioner, or to the programme."""

    circle: Circle

    def __init__(self, item: AnyId, *, team: TeamId, circle: Circle, version: int | None = None, by: Caller) -> None:
        super().__init__()
        self.item, self.team, self.circle, self.version, self.by = item, team, circle, version, by
        self.shared: set[tuple[OrganisationId | None, int | None]] = set()

    def consistency_boundary(self) -> list[Selector]:
        return [
            *super().consistency_boundary(),
            *self.about_evidence([self.item]),
            Selector(types=[WorkShared], tags=[self.item]),
        ]

    def background(self) -> list[Selector]:
        return [*super().background(), *self.made_as_work([self.item])]

    @applies(WorkShared)
    def _(self, organisation: OrganisationId | None, version: int | None) -> None:
        self.shared.add((organisation, version))

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        if self.team_of(self.item) != self.team:
            raise NotOfTheTeam(field="item_id")
        if self.item.startswith("item_"):
            raise NotSharedAlone(field="item_id")
        if self.version is not None and not 1 <= self.version <= self.versions.get(self.item, 0):
            raise NoSuchVersion(field="version", version=self.version)
        for_commissioner = self.circle == "commissioner"
        if for_commissioner and self.item.startswith("stakeholder_"):
            raise NotForCommissioners(field="with")
        if for_commissioner and formed.organisation is None:
            raise NobodyToShareWith(field="with")
        told = formed.organisation if for_commissioner else None
        if (told, self.version) in self.shared:
            raise AsIs
        self.record(
            WorkShared(
                item=self.item,
                version=self.version,
                team=self.team,
                programme=formed.programme,
                organisation=told,
                circle=self.circle,
            )
        )


# Who reads


class WorkReader(InTeam, TeamRights):
    """The caller as a reader of one team's work."""

    def __init__(self, team: TeamId, *, by: Caller) -> None:
        super().__init__(by)
        self.team = team

    @property
    def reads_all(self) -> bool:
        """A member, one of the last members of a team that ended, or who guides the team."""
        formed = self.teams.get(self.team)
        return formed is not None and self.sees_work(formed)

    @property
    def author(self) -> PersonId | None:
        """The caller as who made some of the work: whoever left a team keeps reading what they made (rule 10)."""
        formed = self.teams.get(self.team)
        return self.by.person if formed is not None and self.participates(formed.programme) else None

    def made(self, made_by: str | None) -> bool:
        """This is the caller's own work."""
        return made_by is not None and made_by == self.author
