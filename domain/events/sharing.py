"""Events of comments on a team's work, and of sharing it outside the team."""

from typing import Literal

from domain.foundation import (
    AnyId,
    CommentId,
    Event,
    Nobody,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    Words,
)

Circle = Literal["commissioner", "programme"]
CommentedPart = Literal["problem_statement", "guiding_question", "answer", "summary", "minutes"]
"""The parts with versions of their own: of the advice of a team, and of a gathering."""


class CommentAdded(Event, frozen=True, kw_only=True):
    """Somebody commented on something of the team. `on`: its id. `answers`: the comment that this answers.

    `part`: the part of it that the comment is about, if that has versions of its own. `version`: the version that the comment is
    about, of the part or of a recommendation (rule 35); None if it has none.
    """

    TOPIC = "team.comment_added"
    VERSION = 2
    TAGS = ("comment", "on", "team", "programme")
    AUDIENCE = Nobody(because="comments stay inside the team")
    REACH = "team"
    SUMMARY = Text(en="{author} commented.", nl="{author} plaatste een opmerking.")
    KEY = "team"

    comment: CommentId
    team: TeamId
    programme: ProgrammeId
    author: PersonId | None
    on: AnyId
    text: Words
    answers: CommentId | None
    part: CommentedPart | None = None
    version: int | None = None


class WorkShared(Event, frozen=True, kw_only=True):
    """A team shared something with its commissioner, or with the programme (`organisation` None: no organisation can see it)."""

    TOPIC = "team.work_shared"
    TAGS = ("item", "team", "programme")
    AUDIENCE = ("organisation",)
    REACH = "team"
    SUMMARY = Text(en="Shared with {circle}: {item}.", nl="Gedeeld met {circle}: {item}.")

    item: AnyId
    version: int | None
    team: TeamId
    programme: ProgrammeId
    organisation: OrganisationId | None
    circle: Circle
