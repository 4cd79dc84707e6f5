"""How tokens are issued and revoked, and by whom."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain import tokens as t
from domain.challenge import ChallengeProposed
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Fact,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    TokenId,
    TokenRole,
    Words,
)
from domain.people import UnknownOrganisation, UnknownPerson
from domain.roles import ContactAppointed, ManagerAppointed, ParticipantEnrolled, TokenIssued, TokenRevoked
from tests.domain.deciding import NOW, caller, decide
from tests.domain.test_people import ANNA, BANK, BOSS, BY_BOSS, CLINIC, CONTACT, KNOWN, MANAGES, PROGRAMME

TOKEN = TokenId("token_9")


def issue(
    role: TokenRole,
    person: PersonId | None = None,
    organisations: tuple[OrganisationId, ...] = (),
    days: int = 1,
    by: Caller = caller("manager"),
) -> t.IssueToken:
    return t.IssueToken(
        TOKEN,
        role=role,
        person=person,
        organisations=organisations,
        secret_digest=Digest("d" * 43),
        expires_at=NOW + timedelta(days=days),
        contact_of=(BANK, CLINIC),
        by=by,
    )


ISSUED = TokenIssued(
    token=TOKEN,
    role=Code("participant"),
    person=ANNA,
    organisations=(),
    secret_digest=Digest("d" * 43),
    expires_at=NOW + timedelta(days=1),
)


def test_a_token_is_issued_for_a_person_or_for_organisations() -> None:
    assert decide(issue("participant", ANNA), *KNOWN) == [ISSUED]
    assert decide(issue("auditor", organisations=(BANK,)), *KNOWN)
    assert decide(issue("manager"))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        pytest.param(issue("participant"), t.TokenNeedsPerson, id="a participant is a person"),
        pytest.param(issue("facilitator", organisations=(BANK,)), t.TokenNeedsPerson, id="a facilitator is a person"),
        pytest.param(issue("auditor"), t.TokenNeedsPerson, id="an auditor audits somebody"),
        pytest.param(issue("participant", BOSS), UnknownPerson, id="an unknown person"),
        pytest.param(issue("auditor", organisations=(BANK, CLINIC)), UnknownOrganisation, id="an unknown organisation"),
        pytest.param(issue("participant", ANNA, days=0), t.AlreadyExpired, id="a token without a future"),
    ],
)
def test_a_token_is_refused(command: t.IssueToken, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *KNOWN)


@pytest.mark.parametrize("by", [caller("participant", ANNA), caller("facilitator", ANNA), caller("commissioner", ANNA)])
def test_who_manages_nothing_issues_no_token_not_even_for_themselves(by: Caller) -> None:
    with pytest.raises(NotAllowed):
        decide(issue("participant", ANNA, by=by), *KNOWN)


ELSEWHERE = ProgrammeId("programme_2")
TAKES_PART = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
TAKES_PART_ELSEWHERE = ParticipantEnrolled(programme=ELSEWHERE, person=ANNA, organisation=None)
MANAGES_ELSEWHERE = ManagerAppointed(programme=ELSEWHERE, person=ANNA)


SPEAKS = ContactAppointed(contact=CONTACT, organisation=BANK, person=ANNA, role=Code("commissioner"))
COMMISSIONS = ChallengeProposed(
    challenge=ChallengeId("challenge_1"),
    programme=PROGRAMME,
    organisation=BANK,
    proposer=None,
    title=Words("T"),
    context=Words("C"),
    wish=None,
)
COMMISSIONS_ELSEWHERE = replace(COMMISSIONS, programme=ELSEWHERE)


@pytest.mark.parametrize(
    ("command", "given"),
    [
        pytest.param(issue("commissioner", ANNA, by=BY_BOSS), [SPEAKS, COMMISSIONS], id="a commissioner of theirs"),
        pytest.param(
            issue("participant", ANNA, by=BY_BOSS),
            [TAKES_PART, SPEAKS, COMMISSIONS_ELSEWHERE],
            id="a participant of theirs who speaks elsewhere, to take part",
        ),
        pytest.param(issue("participant", ANNA, by=BY_BOSS), [], id="somebody who is nowhere yet"),
        pytest.param(issue("participant", ANNA, by=BY_BOSS), [TAKES_PART], id="a participant of theirs"),
        pytest.param(
            issue("participant", ANNA, by=BY_BOSS), [TAKES_PART, TAKES_PART_ELSEWHERE], id="who takes part twice"
        ),
        pytest.param(
            issue("manager", ANNA, by=caller("manager", ANNA)), [MANAGES_ELSEWHERE, TAKES_PART], id="themselves"
        ),
    ],
)
def test_who_manages_a_programme_issues_tokens_for_its_people(command: t.IssueToken, given: list[Fact]) -> None:
    assert decide(command, *KNOWN, MANAGES, *given)


@pytest.mark.parametrize(
    ("command", "given"),
    [
        pytest.param(issue("manager", by=BY_BOSS), [], id="every programme"),
        pytest.param(issue("auditor", organisations=(BANK,), by=BY_BOSS), [], id="an organisation"),
        pytest.param(issue("manager", ANNA, by=BY_BOSS), [MANAGES_ELSEWHERE], id="the manager of another programme"),
        pytest.param(
            issue("participant", ANNA, by=BY_BOSS), [MANAGES_ELSEWHERE, TAKES_PART], id="who manages another programme"
        ),
        pytest.param(issue("participant", ANNA, by=BY_BOSS), [TAKES_PART_ELSEWHERE], id="another's participant"),
        pytest.param(
            issue("commissioner", ANNA, by=BY_BOSS), [SPEAKS, COMMISSIONS_ELSEWHERE], id="another's commissioner"
        ),
        pytest.param(
            issue("commissioner", ANNA, by=BY_BOSS),
            [TAKES_PART, SPEAKS, COMMISSIONS_ELSEWHERE],
            id="a participant of theirs who speaks elsewhere, to speak there",
        ),
    ],
)
def test_who_manages_a_programme_gives_no_rights_beyond_it(command: t.IssueToken, given: list[Fact]) -> None:
    with pytest.raises(NotAllowed):
        decide(command, *KNOWN, MANAGES, *given)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([], id="of who is in nothing yet"),
        pytest.param([TAKES_PART], id="of a participant of theirs"),
        pytest.param([SPEAKS, COMMISSIONS], id="of a contact of an organisation in their programme"),
    ],
)
def test_a_manager_revokes_tokens_of_whom_they_set_up(given: list[Fact]) -> None:
    command = t.RevokeToken(TOKEN, person=ANNA, contact_of=(BANK,), by=BY_BOSS)
    assert decide(command, MANAGES, ISSUED, *given) == [TokenRevoked(token=TOKEN, person=ANNA)]


def test_a_person_revokes_their_own_token() -> None:
    command = t.RevokeToken(TOKEN, by=caller("participant", ANNA))
    assert decide(command, ISSUED) == [TokenRevoked(token=TOKEN, person=ANNA)]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(t.RevokeToken(TOKEN, by=caller("manager")), [], NotFound, id="an unknown token"),
        pytest.param(t.RevokeToken(TOKEN, by=caller("participant", BOSS)), [ISSUED], NotFound, id="another's token"),
        pytest.param(
            t.RevokeToken(TOKEN, by=caller("participant", BOSS)),
            [ISSUED, TokenRevoked(token=TOKEN, person=ANNA)],
            NotFound,
            id="another's token that was revoked",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, by=BY_BOSS),
            [MANAGES, replace(ISSUED, role=Code("manager"), person=None)],
            NotFound,
            id="a token for every programme",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=BY_BOSS),
            [MANAGES, ISSUED, TAKES_PART_ELSEWHERE],
            NotFound,
            id="that of another programme's participant",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, contact_of=(BANK,), by=BY_BOSS),
            [MANAGES, ISSUED, SPEAKS, COMMISSIONS_ELSEWHERE],
            NotFound,
            id="that of a contact of another programme's commissioner",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=BOSS, by=BY_BOSS), [MANAGES, ISSUED], NotFound, id="one that is another's"
        ),
        pytest.param(
            t.RevokeToken(TOKEN, by=caller("manager")),
            [ISSUED, TokenRevoked(token=TOKEN, person=ANNA)],
            AsIs,
            id="twice",
        ),
    ],
)
def test_a_revocation_is_refused(command: t.RevokeToken, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
