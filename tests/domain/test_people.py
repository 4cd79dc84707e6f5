"""People, organisations, contacts and tokens, rule by rule."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain import people as p
from domain.contacts import AppointContact
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Claim,
    Code,
    ContactId,
    Digest,
    Fact,
    Label,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    Refusal,
    TokenEnded,
    TokenId,
    TokenRole,
)
from domain.roles import (
    ContactAppointed,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    TokenIssued,
    TokenRevoked,
)
from tests.domain.deciding import NOW, caller, decide

BANK, CLINIC = OrganisationId("organisation_bank"), OrganisationId("organisation_clinic")
ANNA, BOSS, GUIDE = PersonId("person_anna"), PersonId("person_boss"), PersonId("person_guide")
PROGRAMME, CONTACT, TOKEN = ProgrammeId("programme_1"), ContactId("contact_1"), TokenId("token_9")
MANAGES = ManagerAppointed(programme=PROGRAMME, person=BOSS)
GUIDES_TODAY = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, until=NOW + timedelta(days=1))
GUIDES = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE)
KNOWN = [
    p.PersonRegistered(person=ANNA, name=Personal("Anna"), email=Personal("anna@example.org"), language=Code("nl")),
    p.OrganisationRegistered(organisation=BANK, name=Label("Bank")),
]
SPEAKS = ContactAppointed(contact=CONTACT, organisation=BANK, person=BOSS, role=Code("commissioner"))


def register(by: Caller) -> p.RegisterPerson:
    return p.RegisterPerson(ANNA, name=Personal("Anna"), email=Personal("anna@example.org"), language="nl", by=by)


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(caller("manager"), [], id="a manager's token"),
        pytest.param(caller("manager", BOSS), [MANAGES], id="a manager"),
        pytest.param(caller("facilitator", GUIDE), [GUIDES], id="a facilitator, who enrols"),
    ],
)
def test_who_sets_up_registers_people_and_the_address_is_claimed(by: Caller, given: list[Fact]) -> None:
    command = register(by)
    assert decide(command, *given) == [KNOWN[0]]
    assert command.takes == (Claim("email", "anna@example.org", ANNA),)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(caller("participant", ANNA), id="a participant"),
        pytest.param(caller("manager", ANNA), id="a manager's token of somebody who manages nothing"),
        pytest.param(caller("participant", BOSS), id="a manager asking as a participant"),
        pytest.param(caller("participant", GUIDE), id="a facilitator asking as a participant"),
        pytest.param(caller("facilitator", GUIDE, at=NOW + timedelta(days=2)), id="a facilitator whose time is over"),
    ],
)
def test_nobody_else_registers_people(by: Caller) -> None:
    with pytest.raises(NotAllowed):
        decide(register(by), MANAGES, GUIDES_TODAY)


@pytest.mark.parametrize("by", [caller("manager"), caller("manager", BOSS), caller("facilitator", GUIDE)])
def test_nobody_registers_people_with_a_revoked_token(by: Caller) -> None:
    with pytest.raises(TokenEnded):
        decide(register(by), MANAGES, GUIDES, TokenRevoked(token=TokenId("token_1"), person=by.person))


def appoint(by: Caller) -> AppointContact:
    return AppointContact(CONTACT, organisation=BANK, person=ANNA, role="commissioner", by=by)


def test_a_commissioner_appoints_another_for_the_same_organisation() -> None:
    assert decide(appoint(caller("commissioner", BOSS)), *KNOWN, SPEAKS)


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(appoint(caller("manager")), KNOWN[:1], NotFound, id="an unknown organisation"),
        pytest.param(appoint(caller("manager")), KNOWN[1:], p.UnknownPerson, id="an unknown person"),
        pytest.param(appoint(caller("commissioner", ANNA)), [*KNOWN, SPEAKS], NotAllowed, id="a stranger"),
        pytest.param(
            appoint(caller("commissioner", BOSS)),
            [*KNOWN, ContactAppointed(contact=CONTACT, organisation=CLINIC, person=BOSS, role=Code("commissioner"))],
            NotAllowed,
            id="another organisation's commissioner",
        ),
    ],
)
def test_an_appointment_is_refused(command: AppointContact, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def issue(
    role: TokenRole,
    person: PersonId | None = None,
    organisations: tuple[OrganisationId, ...] = (),
    days: int = 1,
    by: Caller = caller("manager"),
) -> p.IssueToken:
    return p.IssueToken(
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
        pytest.param(issue("participant"), p.TokenNeedsPerson, id="a participant is a person"),
        pytest.param(issue("facilitator", organisations=(BANK,)), p.TokenNeedsPerson, id="a facilitator is a person"),
        pytest.param(issue("auditor"), p.TokenNeedsPerson, id="an auditor audits somebody"),
        pytest.param(issue("participant", BOSS), p.UnknownPerson, id="an unknown person"),
        pytest.param(
            issue("auditor", organisations=(BANK, CLINIC)), p.UnknownOrganisation, id="an unknown organisation"
        ),
        pytest.param(issue("participant", ANNA, days=0), p.AlreadyExpired, id="a token without a future"),
    ],
)
def test_a_token_is_refused(command: p.IssueToken, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *KNOWN)


ELSEWHERE = ProgrammeId("programme_2")
TAKES_PART = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
TAKES_PART_ELSEWHERE = ParticipantEnrolled(programme=ELSEWHERE, person=ANNA, organisation=None)
MANAGES_ELSEWHERE = ManagerAppointed(programme=ELSEWHERE, person=ANNA)
BY_BOSS = caller("manager", BOSS)


@pytest.mark.parametrize(
    ("command", "given"),
    [
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
def test_who_manages_a_programme_issues_tokens_for_its_people(command: p.IssueToken, given: list[Fact]) -> None:
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
    ],
)
def test_who_manages_a_programme_gives_no_rights_beyond_it(command: p.IssueToken, given: list[Fact]) -> None:
    with pytest.raises(NotAllowed):
        decide(command, *KNOWN, MANAGES, *given)


def test_a_person_revokes_their_own_token() -> None:
    command = p.RevokeToken(TOKEN, by=caller("participant", ANNA))
    assert decide(command, ISSUED) == [TokenRevoked(token=TOKEN, person=ANNA)]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(p.RevokeToken(TOKEN, by=caller("manager")), [], NotFound, id="an unknown token"),
        pytest.param(p.RevokeToken(TOKEN, by=caller("participant", BOSS)), [ISSUED], NotFound, id="another's token"),
        pytest.param(
            p.RevokeToken(TOKEN, by=caller("participant", BOSS)),
            [ISSUED, TokenRevoked(token=TOKEN, person=ANNA)],
            NotFound,
            id="another's token that was revoked",
        ),
        pytest.param(
            p.RevokeToken(TOKEN, by=BY_BOSS),
            [MANAGES, replace(ISSUED, role=Code("manager"), person=None)],
            NotAllowed,
            id="a token for every programme",
        ),
        pytest.param(
            p.RevokeToken(TOKEN, by=caller("manager")),
            [ISSUED, TokenRevoked(token=TOKEN, person=ANNA)],
            AsIs,
            id="twice",
        ),
    ],
)
def test_a_revocation_is_refused(command: p.RevokeToken, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


def rename(by: Caller, name: str = "Coöperatie") -> p.RenameOrganisation:
    return p.RenameOrganisation(BANK, name=Label(name), by=by)


RENAMED = p.OrganisationRenamed(organisation=BANK, was=Label("Bank"), name=Label("Coöperatie"))


def test_a_manager_or_its_commissioner_renames_an_organisation() -> None:
    assert decide(rename(caller("manager")), *KNOWN) == [RENAMED]
    assert decide(rename(caller("commissioner", BOSS)), *KNOWN, SPEAKS) == [RENAMED]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(rename(caller("manager")), [], NotFound, id="an unknown organisation"),
        pytest.param(rename(caller("manager"), "Bank"), KNOWN, AsIs, id="the name that it has"),
        pytest.param(rename(caller("manager")), [*KNOWN, RENAMED], AsIs, id="twice"),
        pytest.param(rename(caller("participant", ANNA)), KNOWN, NotAllowed, id="anybody else"),
        pytest.param(
            rename(caller("commissioner", BOSS)),
            [*KNOWN, replace(SPEAKS, challenges=(ChallengeId("challenge_1"),))],
            NotAllowed,
            id="a commissioner on one challenge",
        ),
    ],
)
def test_a_renaming_is_refused(command: p.RenameOrganisation, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


# Details


NOW_KNOWN = p.Details(Personal("Anna", digest="n"), Personal("anna@example.org", digest="e"), Code("nl"))
REGISTERED = p.PersonRegistered(person=ANNA, name=Personal(digest="n"), email=Personal(digest="e"), language=Code("nl"))


def changing(
    by: Caller,
    name: str = "Anna",
    email: str = "anna@example.org",
    language: p.Language | None = None,
    known: p.Details = NOW_KNOWN,
) -> p.ChangeDetails:
    return p.ChangeDetails(ANNA, name=Personal(name), email=Personal(email), language=language, known=known, by=by)


def changed(name: str | None = None, email: str | None = None, language: str | None = None) -> p.PersonDetailsChanged:
    return p.PersonDetailsChanged(
        person=ANNA,
        name=None if name is None else Personal(name),
        email=None if email is None else Personal(email),
        language=None if language is None else Code(language),
    )


ENROLLED = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
BY_ANNA = caller("participant", ANNA)


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(BY_ANNA, [], id="the person"),
        pytest.param(caller("auditor", ANNA), [], id="the person in another role"),
        pytest.param(caller("manager", BOSS), [MANAGES, ENROLLED], id="a manager of a programme of theirs"),
        pytest.param(caller("manager"), [], id="a manager's token"),
    ],
)
def test_a_person_or_their_manager_changes_details(by: Caller, given: list[Fact]) -> None:
    assert decide(changing(by, name="Anna Bakker"), REGISTERED, *given) == [changed("Anna Bakker")]


def test_what_is_unchanged_is_not_recorded_again() -> None:
    assert decide(changing(BY_ANNA, language="en"), REGISTERED) == [changed(language="en")]
    command = changing(BY_ANNA, email="anna@elders.nl", language="nl")
    assert decide(command, REGISTERED) == [changed(email="anna@elders.nl")]
    with pytest.raises(AsIs):
        decide(changing(BY_ANNA, language="nl"), REGISTERED)


def test_the_new_address_is_claimed_and_the_old_one_given_back() -> None:
    command = changing(BY_ANNA, email="anna@elders.nl")
    decide(command, REGISTERED)
    assert command.takes == (Claim("email", "anna@elders.nl", ANNA),)
    assert command.releases == (Claim("email", "anna@example.org", ANNA),)
    only_the_name = changing(BY_ANNA, name="Anna Bakker")
    decide(only_the_name, REGISTERED)
    assert (only_the_name.takes, only_the_name.releases) == ((), ())


BERT = PersonId("person_bert")


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            changing(BY_ANNA, name="A"),
            [REGISTERED, p.PersonDetailsChanged(person=ANNA, name=Personal(digest="m"), email=None, language=None)],
            p.DetailsMoved,
            id="the name was changed in between",
        ),
        pytest.param(
            changing(BY_ANNA, name="A"), [REGISTERED, changed(language="en")], p.DetailsMoved, id="the language was"
        ),
        pytest.param(changing(BY_ANNA, name="A"), [], NotFound, id="nobody registered"),
        pytest.param(
            changing(caller("manager", BOSS), name="A"), [REGISTERED, MANAGES], NotAllowed, id="not in their programme"
        ),
        pytest.param(
            changing(caller("facilitator", GUIDE), name="A"),
            [REGISTERED, GUIDES, ENROLLED],
            NotAllowed,
            id="their guide",
        ),
        pytest.param(
            changing(caller("participant", BERT), name="A"),
            [REGISTERED, ENROLLED, ParticipantEnrolled(programme=PROGRAMME, person=BERT, organisation=None)],
            NotAllowed,
            id="another participant",
        ),
        pytest.param(
            changing(caller("participant", BERT), name="A"),
            [REGISTERED, ENROLLED],
            NotFound,
            id="hidden from a stranger",
        ),
        pytest.param(
            changing(BY_ANNA, name="A"),
            [REGISTERED, TokenRevoked(token=TokenId("token_1"), person=ANNA)],
            TokenEnded,
            id="a revoked token",
        ),
    ],
)
def test_a_change_of_details_is_refused(command: p.ChangeDetails, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
