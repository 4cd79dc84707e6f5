"""Programmes and roles in them, rule by rule."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.events.programme import Policies, ProgrammeRevised
from domain.events.roles import ContactAppointed, FacilitatorAssigned, TokenRevoked
from domain.foundation import (
    AsIs,
    Caller,
    Code,
    ContactId,
    Event,
    Label,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refusal,
    TeamId,
    TokenEnded,
    TokenId,
    ZoneName,
)
from domain.people.rights import Rights
from domain.programmes import programme as p
from domain.teams.forming import Question
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.examples.programme import (
    ANNA,
    BANK,
    BOSS,
    BY_BOSS,
    BY_GUIDE,
    ELSEWHERE,
    ENROLLED,
    GUIDE,
    GUIDES,
    MANAGES,
    OPENED,
    PROGRAMME,
)


def opening(by: Caller, policies: Policies | None = None, ends_on: date | None = None) -> p.OpenProgramme:
    return p.OpenProgramme(
        PROGRAMME,
        name=Label("Leergang"),
        edition=Label("2016"),
        timezone=ZoneName("Europe/Amsterdam"),
        starts_on=date(2016, 9, 1) if ends_on else None,
        ends_on=ends_on,
        policies=policies,
        by=by,
    )


def test_the_person_who_opens_a_programme_becomes_its_manager() -> None:
    assert decide(opening(BY_BOSS)) == [OPENED, MANAGES]
    assert decide(opening(caller("manager"))) == [OPENED]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(opening(BY_GUIDE), NotAllowed, id="not a facilitator"),
        pytest.param(
            opening(replace(BY_BOSS, programmes=(ELSEWHERE,))),
            NotAllowed,
            id="rule 28: not with a token limited to other programmes",
        ),
        pytest.param(opening(BY_BOSS, Policies(min_team=2)), p.TeamBounds, id="rule 10: no team of two"),
        pytest.param(opening(BY_BOSS, Policies(min_team=6, max_team=5)), p.TeamBounds, id="rule 10: bounds in order"),
        pytest.param(opening(BY_BOSS, ends_on=date(2016, 8, 1)), p.WrongOrder, id="it ends after it starts"),
    ],
)
def test_opening_a_programme_is_refused(command: p.OpenProgramme, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command)


def test_nobody_opens_a_programme_with_a_revoked_token() -> None:
    with pytest.raises(TokenEnded):
        decide(opening(BY_BOSS), TokenRevoked(token=TokenId("token_1"), person=None))


@pytest.mark.parametrize(
    ("guides", "team", "may"),
    [
        pytest.param(GUIDES, None, True, id="all teams, always"),
        pytest.param(
            FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, from_=NOW + timedelta(1)), None, False, id="not yet"
        ),
        pytest.param(FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, until=NOW), None, False, id="not any more"),
        pytest.param(
            FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(TeamId("team_1"),)),
            TeamId("team_1"),
            True,
            id="this team",
        ),
        pytest.param(
            FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, teams=(TeamId("team_1"),)),
            TeamId("team_2"),
            False,
            id="another team",
        ),
    ],
)
def test_a_facilitator_facilitates_only_the_assigned_teams_and_period(
    guides: FacilitatorAssigned, team: TeamId | None, may: bool
) -> None:
    assert Rights(BY_GUIDE).load([guides]).facilitates(PROGRAMME, team) is may


BANKS = ContactAppointed(contact=ContactId("contact_1"), organisation=BANK, person=ANNA, role=Code("commissioner"))


def test_rule_19_only_contacts_and_managers_with_a_reason_act_for_an_organisation() -> None:
    Rights(replace(caller("commissioner", ANNA), on_behalf_of=BANK)).load([BANKS]).require_valid_caller()
    Rights(replace(caller("manager", BOSS, reason="by telephone"), on_behalf_of=BANK)).require_valid_caller()
    with pytest.raises(ReasonMissing):
        Rights(replace(caller("manager", BOSS), on_behalf_of=BANK)).require_valid_caller()
    with pytest.raises(NotAllowed):
        Rights(replace(caller("participant", ANNA), on_behalf_of=BANK)).load([BANKS]).require_valid_caller()


# Revising


def revising(
    by: Caller = BY_BOSS,
    name: str = "Leergang",
    edition: str = "2016",
    timezone: ZoneName | None = None,
    policies: Policies | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> p.ReviseProgramme:
    return p.ReviseProgramme(
        PROGRAMME,
        name=Label(name),
        edition=Label(edition),
        timezone=timezone,
        starts_on=starts_on,
        ends_on=ends_on,
        policies=policies,
        by=by,
    )


REVISED = ProgrammeRevised(
    programme=PROGRAMME,
    name=Label("Leergang"),
    edition=Label("2017"),
    timezone=ZoneName("Europe/London"),
    starts_on=None,
    ends_on=None,
    policies=Policies(min_team=3, sessions=2),
)


def test_a_manager_revises_a_programme_and_omitted_fields_stay() -> None:
    command = revising(edition="2017", timezone=REVISED.timezone, policies=REVISED.policies)
    assert decide(command, OPENED, MANAGES) == [REVISED]
    (later,) = decide(revising(name="Kring", edition="2017"), OPENED, MANAGES, REVISED)
    assert later == replace(REVISED, name=Label("Kring"))


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(revising(), [OPENED, MANAGES], AsIs, id="nothing changes"),
        pytest.param(
            revising(edition="2017"),
            [OPENED, MANAGES, REVISED],
            AsIs,
            id="nothing changes since it was revised",
        ),
        pytest.param(
            revising(policies=Policies(min_team=2)), [OPENED, MANAGES], p.TeamBounds, id="rule 10: no team of two"
        ),
        pytest.param(
            revising(starts_on=date(2016, 9, 1), ends_on=date(2016, 8, 1)),
            [OPENED, MANAGES],
            p.WrongOrder,
            id="it ends after it starts",
        ),
        pytest.param(
            revising(ends_on=date(2016, 8, 1)),
            [replace(OPENED, starts_on=date(2016, 9, 1)), MANAGES],
            p.WrongOrder,
            id="it ends after the start that stays",
        ),
        pytest.param(revising(BY_GUIDE), [OPENED, GUIDES], NotAllowed, id="not a facilitator"),
        pytest.param(revising(BY_GUIDE), [OPENED], NotFound, id="hidden from a stranger"),
        pytest.param(revising(), [MANAGES], NotFound, id="no such programme"),
    ],
)
def test_a_revision_is_refused(command: p.ReviseProgramme, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def test_readers_of_a_programme_get_its_current_state() -> None:
    question = Question(PROGRAMME)
    question.load([OPENED, REVISED])
    assert question.problem().min_team == 3
    assert question.programme_state.require_programme().timezone == "Europe/London"
    elsewhere = replace(REVISED, programme=ELSEWHERE, policies=Policies(min_team=5))
    assert question.load([elsewhere]).problem().min_team == 3


def test_a_module_cannot_end_before_it_starts() -> None:
    def module(ends_on: date) -> p.PlanModule:
        starts_on = date(2016, 9, 20)
        return p.PlanModule(
            PROGRAMME, number=1, title=Label("Kaders"), starts_on=starts_on, ends_on=ends_on, by=BY_BOSS
        )

    assert decide(module(date(2016, 9, 20)), OPENED, MANAGES)
    with pytest.raises(p.WrongOrder):
        decide(module(date(2016, 9, 19)), OPENED, MANAGES)


@pytest.mark.parametrize("by", [BY_BOSS, caller("participant", ANNA), caller("commissioner", ANNA)])
def test_a_revoked_token_gives_none_of_the_rights_of_its_person(by: Caller) -> None:
    ended = Rights(by).load([MANAGES, ENROLLED, BANKS, TokenRevoked(token=TokenId(by.via), person=by.person)])
    for check in (
        ended.require_valid_caller,
        lambda: ended.manages(PROGRAMME),
        lambda: ended.participates(PROGRAMME),
        lambda: ended.contact_for(BANK, programme=PROGRAMME),
    ):
        with pytest.raises(TokenEnded):
            check()
