"""The places in which a person with a sign-in session can act, and their rights there."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.administration.tokens import IssueToken
from domain.events.roles import (
    ContactAppointed,
    ContactEnded,
    FacilitatorAssigned,
    FacilitatorReplaced,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantWithdrew,
)
from domain.foundation import (
    Caller,
    ChallengeId,
    Code,
    ContactId,
    Digest,
    Event,
    NotAllowed,
    PersonId,
    ProgrammeId,
    SignInId,
    TokenId,
)
from domain.people.calendar import LinkCalendar
from domain.people.rights import Rights
from service.auth.calendars import linked_by, new_link
from service.auth.places import Place, caller_of_session, places_in
from service.auth.sessions import session_of
from service.auth.sign_in import PATH, operator_link
from service.clock_and_ids import now
from service.store.sign_in.sessions import SignInSession
from tests.domain.examples.deciding import NOW
from tests.domain.examples.people import ANNA, BANK, BOSS, CLINIC
from tests.service.auth.examples.signing_in import LAPTOP, People

ONE, TWO, THREE = ProgrammeId("programme_1"), ProgrammeId("programme_2"), ProgrammeId("programme_3")
SESSION = SignInSession(SignInId("signin_1"), ANNA, LAPTOP, NOW, NOW)
TOMORROW, YESTERDAY = NOW + timedelta(days=1), NOW - timedelta(days=1)

MANAGES = ManagerAppointed(programme=ONE, person=ANNA)
TAKES_PART = ParticipantEnrolled(programme=TWO, person=ANNA, organisation=BANK)
GUIDES = FacilitatorAssigned(programme=THREE, person=ANNA)
SPEAKS = ContactAppointed(contact=ContactId("contact_1"), organisation=BANK, person=ANNA, role=Code("commissioner"))
READS = ContactAppointed(contact=ContactId("contact_2"), organisation=CLINIC, person=ANNA, role=Code("auditor"))


def rights_in(place: Place | None, *given: Event) -> Rights:
    return Rights(caller_of_session(SESSION, place, NOW)).load(given)


def test_every_role_of_a_person_is_a_place() -> None:
    assert places_in(rights_in(None, MANAGES, TAKES_PART, GUIDES, SPEAKS, READS)) == [
        Place("facilitator", programme=THREE),
        Place("participant", programme=TWO),
        Place("manager", programme=ONE),
        Place("auditor", organisation=CLINIC),
        Place("commissioner", organisation=BANK),
    ]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(
            [TAKES_PART, ParticipantWithdrew(programme=TWO, person=ANNA, organisation=BANK)], id="who withdrew"
        ),
        pytest.param(
            [GUIDES, FacilitatorReplaced(programme=THREE, person=ANNA, replacement=None)], id="who was replaced"
        ),
        pytest.param([replace(GUIDES, from_=TOMORROW)], id="who facilitates from tomorrow"),
        pytest.param([replace(GUIDES, until=YESTERDAY)], id="who facilitated until yesterday"),
        pytest.param([replace(SPEAKS, effective_from=TOMORROW)], id="who is a contact from tomorrow"),
        pytest.param(
            [SPEAKS, ContactEnded(contact=SPEAKS.contact, organisation=BANK, person=ANNA)], id="who was a contact"
        ),
    ],
)
def test_somebody_has_no_place(given: list[Event]) -> None:
    assert places_in(rights_in(None, *given)) == []


def test_several_appointments_of_an_organisation_are_one_place() -> None:
    for_one = replace(SPEAKS, contact=ContactId("contact_3"), challenges=(ChallengeId("challenge_1"),), programme=TWO)
    assert places_in(rights_in(None, SPEAKS, for_one)) == [Place("commissioner", organisation=BANK)]


def test_rule_33_a_place_in_a_programme_gives_rights_there_alone() -> None:
    given = [MANAGES, replace(MANAGES, programme=TWO), replace(GUIDES, programme=TWO)]
    rights = rights_in(Place("manager", programme=ONE), *given)
    assert rights.manages(ONE)
    assert not rights.manages(TWO)
    assert not rights.facilitates(TWO)
    assert rights_in(Place("participant", programme=TWO), TAKES_PART).participates(TWO)


def test_rule_33_a_place_of_a_contact_gives_the_role_of_that_contact() -> None:
    given = [SPEAKS, READS, TAKES_PART]
    rights = rights_in(Place("commissioner", organisation=BANK), *given)
    assert rights.speaks_for_all(BANK)
    assert not rights.reads_all_of(CLINIC)
    assert not rights.participates(TWO)
    assert rights_in(Place("auditor", organisation=CLINIC), *given).reads_all_of(CLINIC)


@pytest.mark.parametrize(
    "place",
    [
        Place("manager", programme=TWO),
        Place("facilitator", programme=TWO),
        Place("participant", programme=ONE),
        Place("manager"),
        Place("commissioner", organisation=CLINIC),
    ],
)
def test_a_place_that_is_not_theirs_gives_no_rights(place: Place) -> None:
    rights = rights_in(place, TAKES_PART, SPEAKS)
    assert not rights.manages_everything()
    assert not any(rights.belongs_to(one) for one in (ONE, TWO, THREE))
    assert not rights.reads_all_of(CLINIC)


def test_a_manager_passes_on_no_more_than_their_place() -> None:
    by = caller_of_session(SESSION, Place("manager", programme=ONE), NOW)
    command = IssueToken(
        TokenId("token_1"),
        role="participant",
        person=BOSS,
        organisations=(),
        secret_digest=Digest("d" * 43),
        expires_at=TOMORROW,
        by=by,
    )
    command.load([MANAGES, replace(MANAGES, programme=TWO), replace(TAKES_PART, person=BOSS)])
    with pytest.raises(NotAllowed):
        command.execute()


async def places_of(people: People, person: PersonId) -> list[Place]:
    """The places of a person by the log."""
    by = Caller(role="participant", person=person, via="test", at=now())
    rights, _ = await people.kring.commands.load(Rights(by))
    return places_in(rights)


async def test_places_and_their_rights_come_from_the_log(people: People) -> None:
    programme = people.stage.programme
    assert await places_of(people, people.anna) == [Place("participant", programme=programme)]
    assert await places_of(people, PersonId("person_x")) == []


async def test_what_a_session_records_names_it_and_its_person(people: People) -> None:
    path = await operator_link(people.kring, people.anna)
    new = await people.sign_ins.use_link(path.removeprefix(PATH), device=LAPTOP)
    session = await session_of(people.kring, new.cookie)
    assert session is not None
    (place,) = await places_of(people, people.anna)
    link = new_link()
    by = caller_of_session(session, place, now())
    await people.stage.do(LinkCalendar(link.id, person=people.anna, secret_digest=link.secret_digest, by=by))
    ((actor, via),) = await people.rows("select actor, via from events where type = 'access.calendar_linked'")
    assert (actor, via) == (people.anna, session.id)
    made = await linked_by(people.kring.commands, link.text)
    assert made is not None
    assert made.programmes == (people.stage.programme,)
