"""Renaming organisations and changing the details of people."""

import pytest
from msgspec.structs import replace

from domain.administration.details import ChangeDetails, Details, DetailsChanged, RenameOrganisation
from domain.events.people import (
    OrganisationRegistered,
    OrganisationRenamed,
    PersonDetailsChanged,
    PersonRegistered,
)
from domain.events.roles import ContactEnded, ParticipantEnrolled, ParticipantWithdrew, TokenRevoked
from domain.foundation import (
    AsIs,
    Caller,
    ChallengeId,
    Claim,
    Code,
    Event,
    Label,
    Language,
    NotAllowed,
    NotFound,
    Personal,
    PersonId,
    ProgrammeId,
    Refusal,
    TokenEnded,
    TokenId,
)
from tests.domain.examples.deciding import caller, decide
from tests.domain.examples.people import (
    ANNA,
    BANK,
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
CHALLENGE = ChallengeId("challenge_1")
SENDS = ParticipantEnrolled(programme=PROGRAMME, person=BERT, organisation=BANK)


def rename(by: Caller, name: str = "Coöperatie") -> RenameOrganisation:
    return RenameOrganisation(BANK, name=Label(name), by=by)


RENAMED = OrganisationRenamed(organisation=BANK, was=Label("Bank"), name=Label("Coöperatie"))


OURS = [KNOWN[0], OrganisationRegistered(organisation=BANK, name=Label("Bank"), programmes=(PROGRAMME,))]
COMMISSIONER = replace(SPEAKS, person=BERT)


def test_rule_27_only_those_responsible_for_an_organisation_rename_it() -> None:
    assert decide(rename(caller("manager")), *KNOWN, SENDS) == [RENAMED]
    assert decide(rename(caller("commissioner", BERT)), *KNOWN, COMMISSIONER) == [RENAMED]
    assert decide(rename(BY_BOSS), *OURS, MANAGES) == [RENAMED]
    assert decide(rename(BY_BOSS), *OURS, MANAGES, replace(COMMISSIONER, role=Code("auditor"))) == [RENAMED]


@pytest.mark.parametrize(
    ("command", "given", "refusal"),
    [
        pytest.param(rename(caller("manager")), [], NotFound, id="an unknown organisation"),
        pytest.param(rename(caller("manager"), "Bank"), KNOWN, AsIs, id="the name that it has"),
        pytest.param(rename(caller("manager")), [*KNOWN, RENAMED], AsIs, id="twice"),
        pytest.param(rename(caller("participant", ANNA)), KNOWN, NotAllowed, id="another person"),
        pytest.param(rename(BY_BOSS), [*KNOWN, MANAGES, SENDS], NotAllowed, id="a manager whose programme names it"),
        pytest.param(
            rename(BY_BOSS),
            [*OURS, replace(MANAGES, programme=ELSEWHERE)],
            NotAllowed,
            id="a manager of another programme than registered it",
        ),
        pytest.param(
            rename(BY_BOSS), [*OURS, MANAGES, COMMISSIONER], NotAllowed, id="a manager, once it has a commissioner"
        ),
        pytest.param(
            rename(caller("commissioner", BERT)),
            [*KNOWN, replace(COMMISSIONER, challenges=(CHALLENGE,), programme=PROGRAMME)],
            NotAllowed,
            id="its commissioner for one challenge",
        ),
        pytest.param(
            rename(replace(caller("commissioner", BERT), programmes=(PROGRAMME,))),
            [*KNOWN, COMMISSIONER],
            NotAllowed,
            id="its commissioner with a token of one programme",
        ),
    ],
)
def test_renaming_an_organisation_is_refused(
    command: RenameOrganisation, given: list[Event], refusal: type[Refusal]
) -> None:
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
) -> ChangeDetails:
    new = Personal(name), Personal(email)
    return ChangeDetails(ANNA, name=new[0], email=new[1], language=language, known=known, by=by)


def changed(name: str | None = None, email: str | None = None, language: str | None = None) -> PersonDetailsChanged:
    return PersonDetailsChanged(
        person=ANNA,
        name=None if name is None else Personal(name),
        email=None if email is None else Personal(email),
        language=None if language is None else Code(language),
    )


ANNA_SPEAKS = replace(SPEAKS, person=ANNA)
ANNA_SPEAKS_HERE = replace(ANNA_SPEAKS, challenges=(CHALLENGE,), programme=PROGRAMME)
ENROLLED = ParticipantEnrolled(programme=PROGRAMME, person=ANNA, organisation=None)
ENROLLED_ELSEWHERE = replace(ENROLLED, programme=ELSEWHERE)
WITHDREW = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=None)
ANNA_SPOKE_HERE = ContactEnded(contact=CONTACT, organisation=BANK, person=ANNA, programme=PROGRAMME)
REGISTERED_HERE = replace(REGISTERED, programmes=(PROGRAMME,))
BY_ANNA = caller("participant", ANNA)
BY_ANNA_HERE = replace(BY_ANNA, programmes=(PROGRAMME,))


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(BY_ANNA, [REGISTERED], id="the person"),
        pytest.param(caller("auditor", ANNA), [REGISTERED], id="the person in another role"),
        pytest.param(BY_ANNA, [REGISTERED, ENROLLED, ENROLLED_ELSEWHERE], id="the person, who is in two programmes"),
        pytest.param(BY_ANNA_HERE, [REGISTERED_HERE, ENROLLED], id="the person with the token of their only programme"),
        pytest.param(BY_BOSS, [REGISTERED, MANAGES, ENROLLED], id="a manager of their only programme"),
        pytest.param(BY_BOSS, [REGISTERED, MANAGES, ENROLLED, WITHDREW], id="a manager of a programme that they left"),
        pytest.param(
            BY_BOSS, [REGISTERED, MANAGES, ANNA_SPEAKS_HERE], id="a manager of the programme of their challenge"
        ),
        pytest.param(BY_BOSS, [REGISTERED, MANAGES, ANNA_SPEAKS_HERE, ANNA_SPOKE_HERE], id="the same, later"),
        pytest.param(BY_BOSS, [REGISTERED_HERE, MANAGES], id="a manager of the programme that registered them"),
        pytest.param(caller("manager"), [REGISTERED, ENROLLED], id="the operator"),
    ],
)
def test_rule_28_the_person_or_a_manager_of_all_their_programmes_changes_details(
    by: Caller, given: list[Event]
) -> None:
    assert decide(changing(by, name="Anna Bakker"), *given) == [changed("Anna Bakker")]


@pytest.mark.parametrize(
    ("by", "given"),
    [
        pytest.param(BY_BOSS, [ENROLLED, ENROLLED_ELSEWHERE], id="a participant of two programmes"),
        pytest.param(
            BY_BOSS,
            [ENROLLED, ENROLLED_ELSEWHERE, replace(WITHDREW, programme=ELSEWHERE)],
            id="a former participant of another programme",
        ),
        pytest.param(BY_BOSS, [ENROLLED, ANNA_SPEAKS], id="a contact for a whole organisation"),
        pytest.param(
            BY_BOSS, [ENROLLED, replace(ANNA_SPEAKS_HERE, programme=ELSEWHERE)], id="a contact in another programme"
        ),
        pytest.param(
            BY_BOSS,
            [replace(REGISTERED_HERE, programmes=(ELSEWHERE,)), ENROLLED],
            id="a person registered by another programme",
        ),
        pytest.param(BY_BOSS, [], id="a person known only to the operator"),
        pytest.param(BY_ANNA_HERE, [ENROLLED, ENROLLED_ELSEWHERE], id="the person with a token of one programme"),
        pytest.param(BY_ANNA_HERE, [ENROLLED, ANNA_SPEAKS], id="the same, speaking for a whole organisation"),
    ],
)
def test_rule_28_others_cannot_change_details_of_people_who_take_part_elsewhere(by: Caller, given: list[Event]) -> None:
    with pytest.raises(NotAllowed):
        decide(changing(by, name="Anna Bakker"), REGISTERED, MANAGES, *given)


def test_unchanged_details_are_not_recorded_again() -> None:
    assert decide(changing(BY_ANNA, language="en"), REGISTERED) == [changed(language="en")]
    command = changing(BY_ANNA, email="anna@elders.nl", language="nl")
    assert decide(command, REGISTERED) == [changed(email="anna@elders.nl")]
    with pytest.raises(AsIs):
        decide(changing(BY_ANNA, language="nl"), REGISTERED)


def test_the_new_address_is_claimed_and_the_old_one_released() -> None:
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
            DetailsChanged,
            id="the name was changed in between",
        ),
        pytest.param(
            changing(BY_ANNA, name="A"), [REGISTERED, changed(language="en")], DetailsChanged, id="the language was"
        ),
        pytest.param(changing(BY_ANNA, name="A"), [], NotFound, id="an unregistered person"),
        pytest.param(
            changing(BY_BOSS, name="A"),
            [REGISTERED, MANAGES, replace(ENROLLED, programme=ELSEWHERE)],
            NotAllowed,
            id="a manager of another programme",
        ),
        pytest.param(changing(BY_BOSS, name="A"), [REGISTERED], NotAllowed, id="a manager of no programme"),
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
def test_a_change_of_details_is_refused(command: ChangeDetails, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
