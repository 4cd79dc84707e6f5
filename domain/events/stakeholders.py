"""Events of the stakeholder map: identified, placed, talked with."""

from typing import Literal

from domain.foundation import (
    Event,
    Nobody,
    Personal,
    ProgrammeId,
    StakeholderId,
    TalkId,
    TeamId,
    Text,
    Words,
)

Degree = Literal[1, 2, 3, 4, 5]


Stance = Literal[-2, -1, 0, 1, 2]


OWN_MAP = Nobody(because="who stands where is the team's own judgement of people, told to no organisation")


class StakeholderIdentified(Event, frozen=True, kw_only=True):
    """Somebody has a stake in the challenge."""

    TOPIC = "research.stakeholder_identified"
    TAGS = ("stakeholder", "team", "programme")
    AUDIENCE = OWN_MAP
    SUMMARY = Text(en="Identified as a stakeholder: {name}.", nl="Aangemerkt als belanghebbende: {name}.")

    stakeholder: StakeholderId
    team: TeamId
    programme: ProgrammeId
    name: Personal
    organisation: Words | None


class StakeholderPlaced(Event, frozen=True, kw_only=True):
    """How a stakeholder stands: power and interest 1 to 5, stance −2 (against) to 2 (for), and where they should stand."""

    TOPIC = "research.stakeholder_placed"
    TAGS = ("stakeholder", "team", "programme")
    AUDIENCE = OWN_MAP
    SUMMARY = Text(
        en="Placed on the map: {stakeholder} (power {power}, interest {interest}, stance {stance}).",
        nl="Op de kaart gezet: {stakeholder} (macht {power}, belang {interest}, houding {stance}).",
    )

    stakeholder: StakeholderId
    team: TeamId
    programme: ProgrammeId
    power: Degree
    interest: Degree
    stance: Stance
    desired_stance: Stance


class TalkHeld(Event, frozen=True, kw_only=True):
    """A team spoke with a stakeholder: what came of it, what comes next."""

    TOPIC = "research.talk_held"
    TAGS = ("talk", "stakeholder", "team", "programme")
    AUDIENCE = OWN_MAP
    SUMMARY = Text(
        en="A follow-up talk was held with {stakeholder}: “{outcome}”.",
        nl="Een vervolggesprek werd gevoerd met {stakeholder}: “{outcome}”.",
    )
    KEY = "stakeholder"

    talk: TalkId
    stakeholder: StakeholderId
    team: TeamId
    programme: ProgrammeId
    outcome: Words
    next_step: Words | None
