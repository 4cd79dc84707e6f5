"""Files of a team's work. Their bytes are stored outside the log; the event holds their digest (SHA-256)."""

from collections.abc import Collection

from domain.events.files import FileAttached
from domain.foundation import (
    Caller,
    Digest,
    FileId,
    Knowledge,
    MediaType,
    Refusal,
    Selector,
    TeamId,
    Text,
    Words,
    applies,
)
from domain.research.research import NotOfTheTeam
from domain.teams.team import TeamCommand

# Refusals


class EmptyFile(Refusal):
    """A file is never empty."""

    CODE = "empty-file"
    STATUS = 422
    TEXT = Text(en="This file is empty.", nl="Dit bestand is leeg.")


# Knowledge


class Files(Knowledge):
    """The files of these ids."""

    def __init__(self, *files: FileId) -> None:
        super().__init__(*(Selector(types=[FileAttached], tags=[one]) for one in files))
        self.attached: dict[FileId, FileAttached] = {}

    @applies(FileAttached)
    def _(self, event: FileAttached) -> None:
        self.attached[event.file] = event

    def require_files(self, ids: Collection[FileId], team: TeamId) -> list[FileAttached]:
        """Return the files of these ids. Raises `NotOfTheTeam`."""
        for number, one in enumerate(ids):
            if one not in self.attached or self.attached[one].team != team:
                raise NotOfTheTeam(field=f"file_ids.{number}")
        return [self.attached[one] for one in ids]


# Commands


class AttachFile(TeamCommand):
    """Add a file to the team's work, as one of its members."""

    def __init__(
        self, file: FileId, *, team: TeamId, name: Words, media_type: MediaType, size: int, sha256: Digest, by: Caller
    ) -> None:
        super().__init__(by, team)
        self.file, self.team = file, team
        self.name, self.media_type, self.size, self.sha256 = name, media_type, size, sha256

    def execute(self) -> None:
        formed = self.rights.require_member_of(self.team)
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
