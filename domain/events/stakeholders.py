"""Events of the stakeholder map: stakeholders identified and placed, and talks with them."""

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


OWN_MAP = Nobody(because="the map holds the team's judgement of people, which no organisation can see")


class StakeholderIdentified(Event, frozen=True, kw_only=True):
    """Somebody was identified as a stakeholder of the challenge."""

    TOPIC = "research.stakeholder_identified"
    TAGS = ("stakeholder", "team", "programme")
    AUDIENCE = OWN_MAP
    REACH = "team"
    SUMMARY = Text(en="Identified as a stakeholder: {name}.", nl="Aangemerkt als belanghebbende: {name}.")

    stakeholder: StakeholderId
    team: TeamId
    programme: ProgrammeId
    name: Personal
    organisation: Words | None


class StakeholderPlaced(Event, frozen=True, kw_only=True):
    """A stakeholder was placed on the map: power and interest 1 to 5, present and desired stance −2 (against) to 2 (for)."""

    TOPIC = "research.stakeholder_placed"
    TAGS = ("stakeholder", "team", "programme")
    AUDIENCE = OWN_MAP
    REACH = "team"
    SUMMARY = Text(
        en="Placed on the map: {stakeholder} (power {power}, interest {interest}, stance {stance}).",
        nl="Op de kaart gezet: {stakeholder} (invloed {power}, belang {interest}, houding {stance}).",
    )

    stakeholder: StakeholderId
    team: TeamId
    programme: ProgrammeId
    power: Degree
    interest: Degree
    stance: Stance
    desired_stance: Stance


class TalkHeld(Event, frozen=True, kw_only=True):
    """A team had a talk with a stakeholder, with this outcome and next step."""

    TOPIC = "research.talk_held"
    TAGS = ("talk", "stakeholder", "team", "programme")
    AUDIENCE = OWN_MAP
    REACH = "team"
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
