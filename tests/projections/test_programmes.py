"""The views of programmes, their participants and facilitators, and names."""

from datetime import UTC, date, datetime, timedelta

from domain.events.people import PersonDetailsChanged, PersonRegistered
from domain.events.programme import (
    ModulePlanned,
    PhasePlanned,
    Policies,
    ProgrammeConcluded,
    ProgrammeOpened,
    ProgrammeRevised,
)
from domain.events.roles import (
    FacilitatorAssigned,
    FacilitatorReplaced,
    ParticipantEnrolled,
    ParticipantMoved,
    ParticipantWithdrew,
)
from domain.events.team import TeamFormed
from domain.foundation import (
    AnyId,
    ChallengeId,
    Code,
    Event,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    ProgrammeId,
    TeamId,
    ZoneName,
)
from projections.derived.agenda import of_programme
from projections.people import PEOPLE
from projections.programmes import FACILITATORS, PARTICIPANTS, PROGRAMMES
from projections.teams import TEAMS
from projections.view import EventMetadata, fold_events
from projections.wording.names import NAMES, Name

P, ANNA, BERT = ProgrammeId("programme_1"), PersonId("person_1"), PersonId("person_2")
BANK, CLINIC, T = OrganisationId("organisation_1"), OrganisationId("organisation_2"), TeamId("team_1")
CHALLENGE, T0 = ChallengeId("challenge_1"), datetime(2016, 10, 1, tzinfo=UTC)
OPENED = ProgrammeOpened(
    programme=P,
    name=Label("Leergang"),
    edition=Label("2016"),
    timezone=ZoneName("Europe/Amsterdam"),
    languages=(Code("nl"),),
    starts_on=None,
    ends_on=None,
    policies=Policies(),
)
REVISED = ProgrammeRevised(
    programme=P,
    name=Label("Kring"),
    edition=Label("2017"),
    timezone=ZoneName("Europe/London"),
    starts_on=None,
    ends_on=None,
    policies=Policies(sessions=4),
)


def dated(*events: Event) -> list[tuple[Event, EventMetadata]]:
    return [(event, EventMetadata(number, T0 + timedelta(hours=number))) for number, event in enumerate(events)]


def test_a_programme_shows_its_last_revision_and_its_conclusion() -> None:
    enrolled = ParticipantEnrolled(programme=P, person=ANNA, organisation=BANK)
    events = dated(OPENED, enrolled, REVISED, ProgrammeConcluded(programme=P, teams=()))
    row = fold_events(PROGRAMMES, events[:3])[P]
    assert (row.name, row.edition, row.timezone, row.policies.sessions) == ("Kring", "2017", "Europe/London", 4)
    assert (row.status, row.participants, row.opened_at) == ("open", 1, T0)
    row = fold_events(PROGRAMMES, events)[P]
    assert (row.status, row.concluded_at) == ("concluded", T0 + timedelta(hours=3))


def test_a_participant_is_shown_with_their_organisation_even_after_leaving() -> None:
    events = dated(
        ParticipantEnrolled(programme=P, person=ANNA, organisation=BANK),
        ParticipantMoved(programme=P, person=ANNA, organisation=CLINIC, previous=BANK),
        ParticipantWithdrew(programme=P, person=ANNA, organisation=CLINIC),
        ParticipantEnrolled(programme=P, person=ANNA, organisation=None),
    )
    rows = [fold_events(PARTICIPANTS, events[:until])[f"{ANNA}/{P}"] for until in range(1, 5)]
    assert [(one.status, one.organisation) for one in rows] == [
        ("active", BANK),
        ("active", CLINIC),
        ("withdrew", CLINIC),
        ("active", None),
    ]


def test_a_facilitator_can_be_assigned_again_after_being_replaced() -> None:
    assigned = FacilitatorAssigned(programme=P, person=ANNA, teams=(T,))
    events = dated(
        assigned,
        FacilitatorReplaced(programme=P, person=ANNA, replacement=BERT),
        FacilitatorAssigned(programme=P, person=ANNA),
    )
    rows = [fold_events(FACILITATORS, events[:until])[f"{ANNA}/{P}"] for until in range(1, 4)]
    assert [(one.status, one.replacement, one.teams) for one in rows] == [
        ("assigned", None, (T,)),
        ("replaced", BERT, (T,)),
        ("assigned", None, ()),
    ]


def test_unchanged_details_stay_in_the_list_and_among_the_names() -> None:
    registered = PersonRegistered(
        person=ANNA, name=Personal(digest="n"), email=Personal(digest="e"), language=Code("nl")
    )
    renamed = PersonDetailsChanged(person=ANNA, name=Personal(digest="m"), email=None, language=None)
    moved = PersonDetailsChanged(person=ANNA, name=None, email=Personal(digest="f"), language=Code("en"))
    row = fold_events(PEOPLE, dated(registered, renamed, moved))[ANNA]
    assert (row.name, row.email, row.language) == (Personal(digest="m"), Personal(digest="f"), "en")
    assert row.registered_at == T0
    names = fold_events(NAMES, dated(registered, renamed, moved, OPENED, REVISED))
    assert names[ANNA] == Name(id=AnyId(ANNA), personal=Personal(digest="m"))
    assert names[P].label == "Kring"


def test_a_conclusion_concludes_only_the_cops_that_it_names() -> None:
    formed = TeamFormed(team=T, programme=P, challenge=CHALLENGE, organisation=BANK, number=1, members=(ANNA,))
    other = TeamFormed(
        team=TeamId("team_2"), programme=P, challenge=CHALLENGE, organisation=BANK, number=2, members=(BERT,)
    )
    rows = fold_events(TEAMS, dated(formed, other, ProgrammeConcluded(programme=P, teams=(T,))))
    assert {one.id: one.status for one in rows.values()} == {T: "concluded", "team_2": "formed"}


def module(number: int, title: str, day: int) -> ModulePlanned:
    on = date(2016, 10, day)
    return ModulePlanned(programme=P, number=number, title=Label(title), starts_on=on, ends_on=on)


def sequences(*events: Event) -> dict[str, int]:
    return {one.uid: one.sequence for one in of_programme(fold_events(PROGRAMMES, dated(OPENED, *events))[P])}


def test_rule_15_replanning_a_module_keeps_its_uid_and_increments_its_sequence() -> None:
    one, two = module(1, "Start", 3), module(2, "Reis", 4)
    first = sequences(one, two)
    assert list(first.values()) == [0, 0]
    assert sequences(one, two, one) == first, "nothing changed"
    moved = sequences(one, two, module(1, "Start", 5), module(1, "Begin", 5))
    assert moved == dict(zip(first, (2, 0), strict=True))


def test_rule_15_changing_the_close_of_a_phase_increments_its_sequence() -> None:
    def phases(intake: datetime | None, preferences: datetime | None) -> PhasePlanned:
        return PhasePlanned(programme=P, intake_closes_at=intake, preferences_close_at=preferences)

    planned, later = phases(T0, T0), T0 + timedelta(days=1)
    assert list(sequences(planned).values()) == [0, 0]
    assert list(sequences(planned, phases(later, None), phases(T0, T0)).values()) == [2, 0]
    assert list(sequences(planned, phases(None, later)).values()) == [0, 1]
