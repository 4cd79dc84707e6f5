"""Events of comments on a team's work and of showing it beyond the team."""

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


class CommentAdded(Event, frozen=True, kw_only=True):
    """Somebody said or asked something about a thing of the team. `answers`: the comment that this answers."""

    TOPIC = "team.comment_added"
    TAGS = ("comment", "on", "team", "programme")
    AUDIENCE = Nobody(because="what is said inside a team stays inside it")
    SUMMARY = Text(en="{author} commented.", nl="{author} reageerde.")
    KEY = "team"

    comment: CommentId
    team: TeamId
    programme: ProgrammeId
    author: PersonId | None
    on: AnyId
    text: Words
    answers: CommentId | None


class WorkShared(Event, frozen=True, kw_only=True):
    """A team shows a thing to its commissioner, whose `organisation` is told, or to the programme, of whom none is."""

    TOPIC = "team.work_shared"
    TAGS = ("item", "team", "programme")
    AUDIENCE = ("organisation",)
    SUMMARY = Text(en="Shared with {circle}: {item}.", nl="Gedeeld met {circle}: {item}.")

    item: AnyId
    version: int | None
    team: TeamId
    programme: ProgrammeId
    organisation: OrganisationId | None
    circle: Circle
