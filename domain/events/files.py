"""Events of files in a team's work: their SHA-256, never their bytes."""

from domain.events.research import OWN_WORK
from domain.foundation import (
    Digest,
    Event,
    FileId,
    MediaType,
    ProgrammeId,
    TeamId,
    Text,
    Words,
)


class FileAttached(Event, frozen=True, kw_only=True):
    """A member added a file to the team's work. `size`: in bytes. `sha256`: of its bytes, which are sealed under its own key."""

    TOPIC = "team.file_attached"
    TAGS = ("file", "team", "programme")
    AUDIENCE = OWN_WORK
    REACH = "team"
    SUMMARY = Text(en="A file was attached: “{name}”.", nl="Een bestand werd toegevoegd: “{name}”.")

    file: FileId
    team: TeamId
    programme: ProgrammeId
    name: Words
    media_type: MediaType
    size: int
    sha256: Digest
