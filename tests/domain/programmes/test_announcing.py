"""Announcements to the participants of a programme."""

import pytest

from domain.events.announcements import AnnouncementMade
from domain.events.roles import ParticipantEnrolled, ParticipantWithdrew
from domain.foundation import AnnouncementId, Caller, Event, NotAllowed, NotFound, ProgrammeId, Refusal, Words
from domain.programmes.announcing import MakeAnnouncement
from tests.domain.examples import team as t
from tests.domain.examples.deciding import caller

ANNOUNCEMENT = AnnouncementId(t.id_of("announcement", 1))


def announcing(by: Caller = t.BY_GUIDE) -> MakeAnnouncement:
    return MakeAnnouncement(ANNOUNCEMENT, programme=t.PROGRAMME, text=Words("Neem laarzen mee."), by=by)


def test_an_announcement_goes_to_all_current_participants() -> None:
    left = ParticipantWithdrew(programme=t.PROGRAMME, person=t.BERT, organisation=None)
    made = t.execute([*t.EVERYBODY, left], announcing())[-1]
    assert made == AnnouncementMade(
        announcement=ANNOUNCEMENT,
        programme=t.PROGRAMME,
        text=Words("Neem laarzen mee."),
        told=(t.ANNA, t.CORA, t.OTTO),
    )
    assert t.execute(t.EVERYBODY, announcing(caller("manager")))


def test_an_announcer_who_takes_part_elsewhere_is_not_a_recipient() -> None:
    elsewhere = ParticipantEnrolled(programme=ProgrammeId(t.id_of("programme", 2)), person=t.GUIDE, organisation=None)
    made = t.execute([*t.EVERYBODY, elsewhere], announcing())[-1]
    assert isinstance(made, AnnouncementMade)
    assert made.told == (t.ANNA, t.BERT, t.CORA, t.OTTO)


@pytest.mark.parametrize(
    ("by", "given", "refusal"),
    [
        pytest.param(t.BY_ANNA, t.EVERYBODY, NotAllowed, id="a participant"),
        pytest.param(t.BY_BANKER, t.EVERYBODY, NotFound, id="hidden from a commissioner"),
        pytest.param(caller("manager"), [], NotFound, id="no such programme"),
    ],
)
def test_an_announcement_is_refused(by: Caller, given: list[Event], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        t.execute(given, announcing(by))
