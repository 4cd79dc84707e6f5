"""How organisations and people are called otherwise, and by whom."""

import pytest
from msgspec.structs import replace

from domain.details import ChangeDetails, Details, DetailsMoved, RenameOrganisation
from domain.foundation import (
    AsIs,
    Caller,
    Claim,
    Code,
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
)
from domain.people import Language, OrganisationRenamed, PersonDetailsChanged, PersonRegistered
from domain.roles import ContactEnded, ParticipantEnrolled, ParticipantWithdrew, TokenRevoked
from tests.domain.deciding import caller, decide
from tests.domain.test_people import (
    ANNA,
    BANK,
    BOSS,
    BY_BOSS,
    CONTACT,
    GUIDE,
    GUIDES,
    KNOWN,
    MANAGES,
    PROGRAMME,
    SPEAKS,
)

BERT, ELSEWHERE = PersonId("person_bert"), ProgrammeId("programme_2")
SENDS = ParticipantEnrolled(programme=PROGRAMME, person=BERT, organisation=BANK)


def rename(by: Caller, name: str = "Coöperatie") -> RenameOrganisation:
    return RenameOrganisation(BANK, name=Label(name), by=by)


RENAMED = OrganisationRenamed(organisation=BANK, was=Label("Bank"), name=Label("Coöperatie"))


def test_a_manager_renames_an_organisation() -> None:
    assert decide(rename(caller("manager")), *KNOWN, SENDS) == [RENAMED]
    assert decide(rename(BY_BOSS), *KNOWN, MANAGES) == [RENAMED]
    assert decide(rename(BY_BOSS), *KNOWN, MANAGES, SENDS) == [RENAMED]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(rename(caller("manager")), [], NotFound, id="an unknown organisation"),
        pytest.param(rename(caller("manager"), "Bank"), KNOWN, AsIs, id="the name that it has"),
        pytest.param(rename(caller("manager")), [*KNOWN, RENAMED], AsIs, id="twice"),
        pytest.param(rename(caller("participant", ANNA)), KNOWN, NotAllowed, id="anybody else"),
        pytest.param(
            rename(BY_BOSS),
            [*KNOWN, MANAGES, replace(SENDS, programme=ELSEWHERE)],
            NotAllowed,
            id="a manager of another programme",
        ),
        pytest.param(
            rename(caller("commissioner", BOSS)),
            [*KNOWN, SPEAKS],
            NotAllowed,
            id="its commissioner, who sets up nothing",
        ),
    ],
)
def test_a_renaming_is_refused(command: RenameOrganisation, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)


# Details


NOW_KNOWN = Details(Personal("Anna", digest="n"), Personal("anna@example.org", digest="e"), Code("nl"))
REGISTERED = PersonRegistered(person=ANNA, name=Personal(digest="n"), email=Personal(digest="e"), language=Code("nl"))


def changing(
    by: Caller,
    name: str = "Anna",
    email: str = "anna@example.org",
    language: Language | None = None,
    known: Details = NOW_KNOWN,
    contact_of: tuple[OrganisationId, ...] = (),
) -> ChangeDetails:
    new = Personal(name), Personal(email)
    return ChangeDetails(ANNA, name=new[0], email=new[1], language=language, known=known, contact_of=contact_of, by=by)


def changed(name: str | None = None, email: str | None = None, language: str | None = None) -> PersonDetailsChanged:
    return PersonDetailsChanged(
        person=ANNA,
        name=None if name is None else Personal(name),
        email=None if email is None else Personal(email),
        language=None if language is None else Code(language),
    )


ANNA_SPEAKS = replace(SPEAKS, person=ANNA)
ENROLLED = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
WITHDREW = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=None)
ANNA_SPOKE = ContactEnded(contact=CONTACT, organisation=BANK, person=ANNA)
BY_ANNA = caller("participant", ANNA)


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(BY_ANNA, [], id="the person"),
        pytest.param(caller("auditor", ANNA), [], id="the person in another role"),
        pytest.param(BY_BOSS, [MANAGES, ENROLLED], id="a manager of a programme of theirs"),
        pytest.param(BY_BOSS, [MANAGES, ENROLLED, WITHDREW], id="a manager of a programme that they left"),
        pytest.param(BY_BOSS, [MANAGES, ANNA_SPEAKS, SENDS], id="a manager of a programme of their organisation's"),
        pytest.param(BY_BOSS, [MANAGES, ANNA_SPEAKS, ANNA_SPOKE, SENDS], id="the same, once they speak for it no more"),
        pytest.param(BY_BOSS, [MANAGES], id="any manager, of who is in nothing yet"),
        pytest.param(BY_BOSS, [MANAGES, ANNA_SPEAKS], id="any manager, of a contact of who is in nothing yet"),
        pytest.param(caller("manager"), [ENROLLED], id="a manager's token"),
    ],
)
def test_a_person_or_who_sets_them_up_changes_details(by: Caller, given: list[Fact]) -> None:
    command = changing(by, name="Anna Bakker", contact_of=(BANK,))
    assert decide(command, REGISTERED, *given) == [changed("Anna Bakker")]


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


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(
            changing(BY_ANNA, name="A"),
            [REGISTERED, PersonDetailsChanged(person=ANNA, name=Personal(digest="m"), email=None, language=None)],
            DetailsMoved,
            id="the name was changed in between",
        ),
        pytest.param(
            changing(BY_ANNA, name="A"), [REGISTERED, changed(language="en")], DetailsMoved, id="the language was"
        ),
        pytest.param(changing(BY_ANNA, name="A"), [], NotFound, id="nobody registered"),
        pytest.param(
            changing(BY_BOSS, name="A"),
            [REGISTERED, MANAGES, replace(ENROLLED, programme=ELSEWHERE)],
            NotAllowed,
            id="a manager of another programme",
        ),
        pytest.param(
            changing(BY_BOSS, name="A", contact_of=(BANK,)),
            [REGISTERED, MANAGES, ANNA_SPEAKS, replace(SENDS, programme=ELSEWHERE)],
            NotAllowed,
            id="a manager of another programme than their organisation's",
        ),
        pytest.param(
            changing(BY_BOSS, name="A"),
            [REGISTERED, MANAGES, ANNA_SPEAKS],
            NotAllowed,
            id="who was appointed since that was looked up",
        ),
        pytest.param(changing(BY_BOSS, name="A"), [REGISTERED], NotAllowed, id="who manages nothing"),
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
            NotAllowed,
            id="a stranger",
        ),
        pytest.param(
            changing(BY_ANNA, name="A"),
            [REGISTERED, TokenRevoked(token=TokenId("token_1"), person=ANNA)],
            TokenEnded,
            id="a revoked token",
        ),
    ],
)
def test_a_change_of_details_is_refused(command: ChangeDetails, given: list[Fact], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
