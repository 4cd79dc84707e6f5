"""The people invited, and by which event, as derived from events (rule 36)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.events.invitations import InvitationResent, InvitationsHeld, InvitationsReleased
from domain.events.programme import ProgrammeConcluded, ProgrammeOpened, ProgrammeRevised
from domain.events.roles import (
    ContactAppointed,
    FacilitatorAssigned,
    ManagerAppointed,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
)
from domain.foundation import Code, ContactId, Event
from projections.derived.invitations import Invitees, invitees
from projections.view import EventMetadata
from tests.domain.examples.programme import ANNA, BANK, BOSS, ENROLLED, GONE, GUIDES, MANAGES, OPENED, PROGRAMME

T0 = datetime(2016, 10, 1, 22, 30, tzinfo=UTC)
"""In Amsterdam it is half past twelve in the night of the second."""
HELD = InvitationsHeld(programme=PROGRAMME)
RELEASED = InvitationsReleased(programme=PROGRAMME, people=(ANNA,))
RESENT = InvitationResent(person=ANNA, programme=PROGRAMME, contact=None, organisation=None, not_before=T0)
CONTACT = ContactAppointed(
    contact=ContactId("contact_1"), organisation=BANK, person=ANNA, role=Code("commissioner"), programme=PROGRAMME
)


def after(*events: Event, until: int | None = None, actor: str = BOSS) -> Invitees:
    dated = [(event, EventMetadata(position, T0, actor)) for position, event in enumerate(events, 1)]
    return invitees(dated, PROGRAMME, until=until)


def required(*events: Event, until: int | None = None, actor: str = BOSS) -> dict[str, int | None]:
    """The position of the event that requires the last mail of each invitation, by its id."""
    return {str(one.id): one.required_at for one in after(*events, until=until, actor=actor).invited}


def ending(on: date | None) -> ProgrammeOpened:
    return replace(OPENED, ends_on=on)


def test_a_role_is_invited_to_by_the_event_that_gives_it() -> None:
    assert required(OPENED, ENROLLED, GUIDES, CONTACT) == {ANNA: 2, GUIDES.person: 3, CONTACT.contact: 4}


def test_rule_36_nobody_invites_themselves() -> None:
    assert required(OPENED, MANAGES, ENROLLED) == {ANNA: 3}


def test_rule_36_roles_given_during_a_hold_wait_for_the_release() -> None:
    history = (OPENED, GUIDES, HELD, ENROLLED, CONTACT, RELEASED)
    assert required(*history, until=5) == {GUIDES.person: 2, ANNA: None, CONTACT.contact: None}
    assert required(*history) == {GUIDES.person: 2, ANNA: 6, CONTACT.contact: 6}
    assert after(*history).required_by(6, ANNA) == {ANNA: 4, CONTACT.contact: 5}
    assert after(*history).required_by(6, GUIDES.person) == {}


def test_rule_36_a_repetition_leaves_out_what_is_held_back() -> None:
    history = (OPENED, CONTACT, HELD, ENROLLED, RESENT)
    assert required(*history) == {CONTACT.contact: 5, ANNA: None}
    assert [one.again_from for one in after(*history).invited] == [T0, None]


def test_a_role_that_ended_and_began_again_is_another_invitation() -> None:
    assert required(OPENED, ENROLLED, GONE) == {}
    assert required(OPENED, ENROLLED, GONE, ENROLLED) == {ANNA: 4}
    assert after(OPENED, ENROLLED, GONE, ENROLLED).invited[0].position == 4


def test_a_participant_who_moved_is_invited_for_the_new_organisation() -> None:
    moved = ParticipantMoved(programme=PROGRAMME, person=ANNA, organisation=None, previous=BANK)
    (one,) = after(OPENED, ENROLLED, moved).invited
    assert (one.required_at, one.position) == (2, 2)
    assert isinstance(one.event, ParticipantEnrolled)
    assert one.event.organisation is None


def test_rule_26_nobody_is_invited_after_the_last_day_of_the_programme() -> None:
    assert required(ending(date(2016, 10, 2)), ENROLLED) == {ANNA: 2}, "until the end of the day in its time zone"
    assert required(ending(date(2016, 10, 1)), ENROLLED) == {}
    revised = ProgrammeRevised(
        programme=PROGRAMME,
        name=OPENED.name,
        edition=OPENED.edition,
        timezone=OPENED.timezone,
        starts_on=None,
        ends_on=date(2017, 6, 30),
        policies=OPENED.policies,
    )
    assert required(ending(date(2016, 10, 1)), revised, ENROLLED) == {ANNA: 3}


def test_rule_36_nobody_is_invited_to_a_programme_that_was_concluded() -> None:
    over = ProgrammeConcluded(programme=PROGRAMME, teams=())
    assert required(OPENED, over, ManagerAppointed(programme=PROGRAMME, person=ANNA)) == {}
    assert after(OPENED, ENROLLED, over).is_over(T0)
    assert not after(OPENED, ENROLLED).is_over(T0)


@pytest.mark.parametrize(("ahead", "many"), [(timedelta(seconds=1), 1), (timedelta(0), 0)])
def test_rule_26_nobody_is_invited_to_facilitate_until_a_time_that_is_past(ahead: timedelta, many: int) -> None:
    until = FacilitatorAssigned(programme=PROGRAMME, person=ANNA, until=T0 + ahead)
    assert len(after(OPENED, until).invited) == many


def test_contacts_for_all_challenges_are_invitations_of_no_programme() -> None:
    for_all = replace(CONTACT, programme=None)
    dated = [
        (event, EventMetadata(position, T0, BOSS))
        for position, event in enumerate((for_all, replace(CONTACT, contact=ContactId("contact_2"))), 1)
    ]
    assert [one.id for one in invitees(dated, None).invited] == [for_all.contact]
    again = replace(RESENT, programme=None, contact=for_all.contact, organisation=BANK)
    (one,) = invitees([*dated, (again, EventMetadata(3, T0, BOSS))], None).invited
    assert one.required_at == 3


def test_a_participant_who_withdrew_is_not_listed_even_if_held_back() -> None:
    gone = ParticipantWithdrew(programme=PROGRAMME, person=ANNA, organisation=BANK)
    assert required(OPENED, HELD, ENROLLED, gone, RELEASED) == {}
