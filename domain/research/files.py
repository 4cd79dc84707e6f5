"""Files that a team keeps with its work. Their bytes stand outside the log; the event holds what tells them: their SHA-256."""

from collections.abc import Collection

from domain.events.files import FileAttached
from domain.foundation import (
    Caller,
    Command,
    Digest,
    FileId,
    MediaType,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.research.research import NotOfTheTeam
from domain.teams.team import InTeam

# Refusals


class EmptyFile(Refusal):
    """A file holds something."""

    CODE = "empty-file"
    STATUS = 422
    TEXT = Text(en="This file is empty.", nl="Dit bestand is leeg.")


# Commands


class KnowingFiles(Command):
    """What a command knows that names files: what each is, and of which team."""

    def __init__(self) -> None:
        super().__init__()
        self.attached: dict[FileId, FileAttached] = {}

    @staticmethod
    def about_files(ids: Collection[FileId]) -> list[Selector]:
        """The events that say what these files are."""
        return [Selector(types=[FileAttached], tags=[one]) for one in ids]

    @applies(FileAttached)
    def _(self, event: FileAttached) -> None:
        self.attached[event.file] = event

    def require_files(self, ids: Collection[FileId], team: TeamId) -> list[FileAttached]:
        """The files of these ids. Raises `NotOfTheTeam`."""
        for number, one in enumerate(ids):
            if one not in self.attached or self.attached[one].team != team:
                raise NotOfTheTeam(field=f"file_ids.{number}")
        return [self.attached[one] for one in ids]


class AttachFile(InTeam):
    """Put a file with the team's work, as one of its members."""

    def __init__(
        self, file: FileId, *, team: TeamId, name: Words, media_type: MediaType, size: int, sha256: Digest, by: Caller
    ) -> None:
        super().__init__()
        self.file, self.team, self.by = file, team, by
        self.name, self.media_type, self.size, self.sha256 = name, media_type, size, sha256

    def execute(self) -> None:
        formed = self.require_team()
        self.require_member(self.team, formed.programme, formed.organisation)
        if self.size == 0:
            raise EmptyFile(field="file")
        self.record(
            FileAttached(
                file=self.file,
                team=self.team,
                programme=formed.programme,
                name=self.name,
                media_type=self.media_type,
                size=self.size,
                sha256=self.sha256,
            )
        )
