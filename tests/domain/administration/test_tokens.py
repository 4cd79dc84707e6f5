"""Issuing and revoking tokens."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.administration import tokens as t
from domain.events.roles import (
    ContactAppointed,
    ManagerAppointed,
    ParticipantEnrolled,
    TokenIssued,
    TokenRevoked,
)
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Code,
    Digest,
    Event,
    NotAllowed,
    NotFound,
    OrganisationId,
    PersonId,
    ProgrammeId,
    Refusal,
    TokenId,
    TokenRole,
)
from domain.people.people import UnknownOrganisation, UnknownPerson
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.examples.people import ANNA, BANK, BOSS, BY_BOSS, CLINIC, CONTACT, KNOWN, MANAGES, PROGRAMME

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
        pytest.param(issue("auditor"), t.TokenNeedsPerson, id="an auditor needs an organisation or person"),
        pytest.param(issue("participant", BOSS), UnknownPerson, id="an unknown person"),
        pytest.param(issue("auditor", organisations=(BANK, CLINIC)), UnknownOrganisation, id="an unknown organisation"),
        pytest.param(issue("participant", ANNA, days=0), t.AlreadyExpired, id="a token that expires at once"),
    ],
)
def test_issuing_a_token_is_refused(command: t.IssueToken, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *KNOWN)


@pytest.mark.parametrize("by", [caller("participant", ANNA), caller("facilitator", ANNA), caller("commissioner", ANNA)])
def test_people_who_manage_nothing_cannot_issue_tokens_even_for_themselves(by: Caller) -> None:
    with pytest.raises(NotAllowed):
        decide(issue("participant", ANNA, by=by), *KNOWN)


ELSEWHERE = ProgrammeId("programme_2")
TAKES_PART = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
TAKES_PART_ELSEWHERE = ParticipantEnrolled(programme=ELSEWHERE, person=ANNA, organisation=None)
MANAGES_ELSEWHERE = ManagerAppointed(programme=ELSEWHERE, person=ANNA)


SPEAKS = ContactAppointed(contact=CONTACT, organisation=BANK, person=ANNA, role=Code("commissioner"))
SPEAKS_HERE = replace(SPEAKS, challenges=(ChallengeId("challenge_1"),), programme=PROGRAMME)
REGISTERED_HERE = replace(KNOWN[0], programmes=(PROGRAMME,))
REGISTERED_BANK = replace(KNOWN[1], programmes=(PROGRAMME,))
BY_ANNA_MANAGING = caller("manager", ANNA)


@pytest.mark.parametrize(
    ("command", "given"),
    [
        pytest.param(issue("commissioner", ANNA, by=BY_BOSS), [SPEAKS_HERE], id="a contact for their challenge"),
        pytest.param(
            issue("commissioner", ANNA, by=BY_BOSS),
            [TAKES_PART, SPEAKS],
            id="a participant who speaks for a whole organisation elsewhere",
        ),
        pytest.param(
            issue("participant", ANNA, by=BY_BOSS), [REGISTERED_HERE], id="a person registered by their programme"
        ),
        pytest.param(issue("participant", ANNA, by=BY_BOSS), [TAKES_PART], id="a participant of theirs"),
        pytest.param(
            issue("participant", ANNA, by=BY_BOSS),
            [TAKES_PART, TAKES_PART_ELSEWHERE],
            id="a participant of two programmes",
        ),
        pytest.param(
            issue("manager", ANNA, by=BY_BOSS), [MANAGES_ELSEWHERE, TAKES_PART], id="a manager of another programme"
        ),
        pytest.param(issue("auditor", organisations=(BANK,), by=BY_BOSS), [REGISTERED_BANK], id="an organisation"),
    ],
)
def test_rule_28_tokens_issued_by_a_manager_are_limited_to_their_programmes(
    command: t.IssueToken, given: list[Event]
) -> None:
    (issued,) = decide(command, *KNOWN, MANAGES, *given)
    assert isinstance(issued, TokenIssued)
    assert issued.programmes == (PROGRAMME,)


def test_rule_28_a_token_for_oneself_has_the_same_limits_as_the_one_used() -> None:
    given = [*KNOWN, MANAGES_ELSEWHERE, TAKES_PART, replace(MANAGES, person=ANNA)]
    for programmes in (None, (ELSEWHERE,)):
        (issued,) = decide(issue("manager", ANNA, by=replace(BY_ANNA_MANAGING, programmes=programmes)), *given)
        assert isinstance(issued, TokenIssued)
        assert issued.programmes == programmes


def test_rule_28_a_manager_with_a_limited_token_cannot_issue_a_wider_one() -> None:
    given = [*KNOWN, MANAGES, replace(MANAGES, programme=ELSEWHERE), TAKES_PART, TAKES_PART_ELSEWHERE]
    limited = replace(BY_BOSS, programmes=(PROGRAMME,))
    (issued,) = decide(issue("participant", ANNA, by=limited), *given)
    assert isinstance(issued, TokenIssued)
    assert issued.programmes == (PROGRAMME,)


def test_rule_27_a_commissioner_for_everything_issues_tokens_for_their_organisation() -> None:
    by = caller("commissioner", ANNA)
    (issued,) = decide(issue("auditor", organisations=(BANK,), by=by), *KNOWN, SPEAKS)
    assert isinstance(issued, TokenIssued)
    assert issued.programmes is None
    for given in ([SPEAKS_HERE], [replace(SPEAKS, organisation=CLINIC)]):
        with pytest.raises(NotAllowed):
            decide(issue("auditor", organisations=(BANK,), by=by), *KNOWN, *given)


@pytest.mark.parametrize(
    ("command", "given"),
    [
        pytest.param(issue("manager", by=BY_BOSS), [], id="every programme"),
        pytest.param(issue("manager", organisations=(BANK,), by=BY_BOSS), [REGISTERED_BANK], id="every programme too"),
        pytest.param(issue("auditor", organisations=(BANK,), by=BY_BOSS), [], id="an organisation"),
        pytest.param(
            issue("auditor", organisations=(BANK,), by=BY_BOSS),
            [REGISTERED_BANK, replace(SPEAKS, person=BOSS)],
            id="an organisation that has a commissioner",
        ),
        pytest.param(issue("manager", ANNA, by=BY_BOSS), [MANAGES_ELSEWHERE], id="the manager of another programme"),
        pytest.param(issue("participant", ANNA, by=BY_BOSS), [TAKES_PART_ELSEWHERE], id="another's participant"),
        pytest.param(issue("participant", ANNA, by=BY_BOSS), [], id="a person known only to the operator"),
        pytest.param(issue("commissioner", ANNA, by=BY_BOSS), [SPEAKS], id="a whole organisation's commissioner"),
    ],
)
def test_rule_28_a_manager_cannot_issue_tokens_outside_their_programme(
    command: t.IssueToken, given: list[Event]
) -> None:
    with pytest.raises(NotAllowed):
        decide(command, *KNOWN, MANAGES, *given)


@pytest.mark.parametrize(
    ("issued", "given"),
    [
        pytest.param(ISSUED, [TAKES_PART], id="of a participant of theirs"),
        pytest.param(ISSUED, [SPEAKS_HERE], id="of a contact for a challenge of theirs"),
        pytest.param(ISSUED, [REGISTERED_HERE], id="of a person registered by their programme"),
        pytest.param(
            replace(ISSUED, programmes=(PROGRAMME,)),
            [TAKES_PART, TAKES_PART_ELSEWHERE],
            id="limited to their programme, of a participant of two",
        ),
    ],
)
def test_a_manager_revokes_tokens_within_their_own_programmes(issued: TokenIssued, given: list[Event]) -> None:
    command = t.RevokeToken(TOKEN, person=ANNA, by=BY_BOSS)
    assert decide(command, MANAGES, issued, *given) == [TokenRevoked(token=TOKEN, person=ANNA)]


def test_a_person_revokes_their_own_token() -> None:
    command = t.RevokeToken(TOKEN, person=ANNA, by=caller("participant", ANNA))
    assert decide(command, ISSUED) == [TokenRevoked(token=TOKEN, person=ANNA)]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(t.RevokeToken(TOKEN, by=caller("manager")), [], NotFound, id="an unknown token"),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=caller("participant", BOSS)), [ISSUED], NotFound, id="another's token"
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=caller("participant", BOSS)),
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
            t.RevokeToken(TOKEN, person=ANNA, by=BY_BOSS),
            [MANAGES, ISSUED, TAKES_PART, TAKES_PART_ELSEWHERE],
            NotFound,
            id="an unlimited one of a participant of two programmes",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=BY_BOSS),
            [MANAGES, ISSUED, TAKES_PART, SPEAKS],
            NotFound,
            id="an unlimited one of a whole organisation's commissioner",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=BY_BOSS),
            [MANAGES, replace(ISSUED, programmes=(PROGRAMME, ELSEWHERE)), TAKES_PART],
            NotFound,
            id="one with wider limits",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=replace(caller("participant", ANNA), programmes=(PROGRAMME,))),
            [ISSUED],
            NotFound,
            id="their own, with a narrower token",
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=BOSS, by=BY_BOSS), [MANAGES, ISSUED], NotFound, id="one that is another's"
        ),
        pytest.param(
            t.RevokeToken(TOKEN, person=ANNA, by=caller("manager")),
            [ISSUED, TokenRevoked(token=TOKEN, person=ANNA)],
            AsIs,
            id="twice",
        ),
    ],
)
def test_a_revocation_is_refused(command: t.RevokeToken, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
