"""Events of challenges: proposed, revised, admitted, declined, withdrawn, commissioned by another organisation."""

from domain.foundation import (
    BallotId,
    ChallengeId,
    Code,
    Event,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Text,
    TripId,
    Words,
)


class ChallengeProposed(Event, frozen=True, kw_only=True):
    """Someone brought a challenge of an organisation into a programme."""

    TOPIC = "challenge.proposed"
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    SUMMARY = Text(
        en="{proposer} proposed the challenge “{title}”.", nl="{proposer} bracht het vraagstuk “{title}” in."
    )

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    proposer: PersonId | None
    title: Words
    context: Words
    wish: Words | None


class ChallengeAdmitted(Event, frozen=True, kw_only=True):
    """The facilitator took a challenge up in the programme."""

    TOPIC = "challenge.admitted"
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    SUMMARY = Text(en="{challenge} was admitted.", nl="{challenge} werd toegelaten.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId


class ChallengeDeclined(Event, frozen=True, kw_only=True):
    """The facilitator did not take a challenge up; why is sealed in the reason."""

    TOPIC = "challenge.declined"
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    SUMMARY = Text(en="{challenge} was declined.", nl="{challenge} werd afgewezen.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId


class ChallengeRevised(Event, frozen=True, kw_only=True):
    """The texts of a challenge changed; a text that is None stays as it was. Never while on a ballot (rule 2)."""

    TOPIC = "challenge.revised"
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    SUMMARY = Text(en="{challenge} was reworded.", nl="{challenge} werd herschreven.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    title: Words | None = None
    context: Words | None = None
    wish: Words | None = None


class ChallengeWithdrawn(Event, frozen=True, kw_only=True):
    """A challenge was taken back (rule 22); why is sealed in the reason.

    `stage`: the status it had. `ballot`: the last one on which it stood, None if it was never on one. `runner_up`: what the same
    count elects in its place, where it was certified; it takes the seat at once while there are no teams. `teams`: those that
    work on it, about which the manager decides.
    """

    TOPIC = "challenge.withdrawn"
    TAGS = ("challenge", "runner_up", "ballot", "teams", "programme")
    AUDIENCE = ("organisations",)
    SUMMARY = Text(en="{challenge} was withdrawn.", nl="{challenge} werd teruggetrokken.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId | None
    stage: Code
    ballot: BallotId | None = None
    runner_up: ChallengeId | None = None
    runner_up_organisation: OrganisationId | None = None
    teams: tuple[TeamId, ...] = ()

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.organisation, self.runner_up_organisation) if one is not None)

    @property
    def takes_the_seat(self) -> ChallengeId | None:
        """What is selected in its place at once: the runner-up, while no team is at work on the challenge."""
        return None if self.teams else self.runner_up


class ChallengeRecommissioned(Event, frozen=True, kw_only=True):
    """A challenge goes on for another organisation, or in the public interest (`organisation` None); rule 22.

    `teams` work on it; `trips` are theirs: from here on both are told to the new organisation.
    """

    TOPIC = "challenge.recommissioned"
    TAGS = ("challenge", "teams", "trips", "programme")
    AUDIENCE = ("organisations",)
    SUMMARY = Text(en="{challenge} goes on for another commissioner.", nl="{challenge} gaat verder voor een ander.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId | None
    previous: OrganisationId | None
    teams: tuple[TeamId, ...]
    trips: tuple[TripId, ...] = ()

    @property
    def organisations(self) -> tuple[OrganisationId, ...]:
        return tuple(one for one in (self.previous, self.organisation) if one is not None)


CHALLENGE_EVENTS: list[type[Event]] = [
    ChallengeProposed,
    ChallengeRevised,
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeWithdrawn,
    ChallengeRecommissioned,
]
"""The events that say what a challenge is, and whose."""
