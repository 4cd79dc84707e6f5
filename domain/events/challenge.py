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
    """Somebody proposed a challenge of an organisation for a programme. `short_title`: at most 40 characters, for charts."""

    TOPIC = "challenge.proposed"
    VERSION = 2
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
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
    short_title: Words | None = None


class ChallengeAdmitted(Event, frozen=True, kw_only=True):
    """The facilitator admitted a challenge to the programme."""

    TOPIC = "challenge.admitted"
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{challenge} was admitted.", nl="{challenge} werd toegelaten.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId


class ChallengeDeclined(Event, frozen=True, kw_only=True):
    """The facilitator declined a challenge; the reason is sealed."""

    TOPIC = "challenge.declined"
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{challenge} was declined.", nl="{challenge} werd afgewezen.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId


class ChallengeRevised(Event, frozen=True, kw_only=True):
    """The texts of a challenge changed, never while it is on a ballot (rule 2). None: this text did not change."""

    TOPIC = "challenge.revised"
    VERSION = 2
    TAGS = ("challenge", "programme")
    AUDIENCE = ("organisation",)
    REACH = "programme"
    SUMMARY = Text(en="{challenge} was reworded.", nl="{challenge} werd herschreven.")

    challenge: ChallengeId
    programme: ProgrammeId
    organisation: OrganisationId
    title: Words | None = None
    context: Words | None = None
    wish: Words | None = None
    short_title: Words | None = None


class ChallengeWithdrawn(Event, frozen=True, kw_only=True):
    """A challenge was withdrawn (rule 22); the reason is sealed.

    `stage`: its status before. `ballot`: the last one that it was on, None if there was none. `runner_up`: the challenge that
    the same count elects instead, if the ballot was certified; it gets the seat at once if there are no teams. `teams`: those
    that work on the challenge, for which the manager decides.
    """

    TOPIC = "challenge.withdrawn"
    TAGS = ("challenge", "runner_up", "ballot", "teams", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
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
        """The challenge that is selected instead at once: the runner-up, if no team works on the withdrawn one."""
        return None if self.teams else self.runner_up


class ChallengeRecommissioned(Event, frozen=True, kw_only=True):
    """A challenge continues for another organisation, or in the public interest (`organisation` None); rule 22.

    `teams`: those that work on it. `trips`: those of the teams. The new organisation can see later events of both.
    """

    TOPIC = "challenge.recommissioned"
    TAGS = ("challenge", "teams", "trips", "programme")
    AUDIENCE = ("organisations",)
    REACH = "programme"
    SUMMARY = Text(
        en="{challenge} continues for another commissioner.",
        nl="{challenge} gaat verder voor een andere opdrachtgever.",
    )

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
"""The events that change a challenge or its commissioner."""
