"""People, organisations, contacts and tokens, rule by rule."""

from datetime import timedelta

import pytest

from domain.administration.contacts import AppointContact
from domain.events.people import OrganisationRegistered, PersonRegistered
from domain.events.roles import ContactAppointed, FacilitatorAssigned, TokenRevoked
from domain.foundation import (
    CalendarId,
    Caller,
    Claim,
    Code,
    Digest,
    Event,
    Label,
    NotAllowed,
    NotFound,
    Personal,
    Refusal,
    TokenEnded,
    TokenId,
)
from domain.people import people as p
from domain.people.calendar import LinkCalendar
from tests.domain.examples.deciding import NOW, caller, decide
from tests.domain.examples.people import (
    ANNA,
    BANK,
    BOSS,
    BY_BOSS,
    CLINIC,
    CONTACT,
    GUIDE,
    GUIDES,
    KNOWN,
    MANAGES,
    PROGRAMME,
    SPEAKS,
)

GUIDES_TODAY = FacilitatorAssigned(programme=PROGRAMME, person=GUIDE, until=NOW + timedelta(days=1))


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
def test_managers_and_facilitators_register_people_and_claim_the_address(by: Caller, given: list[Event]) -> None:
    command = register(by)
    (registered,) = decide(command, *given)
    assert isinstance(registered, PersonRegistered)
    assert registered.programmes == ((PROGRAMME,) if given else ())
    assert command.takes == (Claim("email", "anna@example.org", ANNA),)


@pytest.mark.parametrize(
    "by",
    [
        pytest.param(caller("participant", ANNA), id="a participant"),
        pytest.param(caller("manager", ANNA), id="a manager's token of a person who manages nothing"),
        pytest.param(caller("participant", BOSS), id="a manager in the role of participant"),
        pytest.param(caller("participant", GUIDE), id="a facilitator in the role of participant"),
        pytest.param(caller("facilitator", GUIDE, at=NOW + timedelta(days=2)), id="a facilitator after their period"),
    ],
)
def test_nobody_else_registers_people(by: Caller) -> None:
    with pytest.raises(NotAllowed):
        decide(register(by), MANAGES, GUIDES_TODAY)


@pytest.mark.parametrize("by", [caller("manager"), caller("manager", BOSS), caller("facilitator", GUIDE)])
def test_nobody_registers_people_with_a_revoked_token(by: Caller) -> None:
    with pytest.raises(TokenEnded):
        decide(register(by), MANAGES, GUIDES, TokenRevoked(token=TokenId("token_1"), person=by.person))


def test_managers_and_facilitators_register_organisations() -> None:
    named = {"name": Label("Bank")}
    registered = OrganisationRegistered(organisation=BANK, **named, programmes=(PROGRAMME,))
    assert decide(p.RegisterOrganisation(BANK, **named, by=caller("facilitator", GUIDE)), GUIDES) == [registered]
    for by in (caller("participant", ANNA), caller("facilitator", GUIDE)):
        with pytest.raises(NotAllowed):
            decide(p.RegisterOrganisation(BANK, **named, by=by))


def link(by: Caller) -> LinkCalendar:
    return LinkCalendar(CalendarId("calendar_1"), person=ANNA, secret_digest=Digest("d" * 43), by=by)


def test_people_create_only_their_own_calendar_link() -> None:
    (linked,) = decide(link(caller("participant", ANNA)))
    assert linked.key() == "calendar_1"
    for by in (BY_BOSS, caller("manager")):
        with pytest.raises(NotAllowed):
            decide(link(by), MANAGES)


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
def test_an_appointment_is_refused(command: AppointContact, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(command, *given)
