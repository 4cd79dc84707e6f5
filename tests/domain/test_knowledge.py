"""Parts of knowledge: each event is folded by every part once, and the boundary is the sum of the parts."""

from domain.events.people import OrganisationRegistered
from domain.events.programme import ProgrammeConcluded
from domain.foundation import (
    Command,
    Event,
    Knowledge,
    Label,
    OrganisationId,
    ProgrammeId,
    Selector,
    applies,
    folded_by,
)

BANK = OrganisationId("organisation_1")
PROGRAMME = ProgrammeId("programme_1")
REGISTERED = OrganisationRegistered(organisation=BANK, name=Label("Bank"))
CONCLUDED = ProgrammeConcluded(programme=PROGRAMME, teams=())
BY_BANK = Selector(types=[OrganisationRegistered], tags=[BANK])
BY_PROGRAMME = Selector(types=[ProgrammeConcluded], tags=[PROGRAMME])


class Organisations(Knowledge):
    """Folds fields of an event."""

    def __init__(self, *boundary: Selector, background: tuple[Selector, ...] = ()) -> None:
        super().__init__(*boundary, background=background)
        self.seen: list[object] = []

    @applies(OrganisationRegistered)
    def _(self, name: Label, organisation: OrganisationId) -> None:
        self.seen.append((organisation, name))


class Conclusions(Organisations):
    """Folds more event types than its base."""

    @applies(ProgrammeConcluded)
    def _(self, event: ProgrammeConcluded) -> None:
        self.seen.append(event)


class Nested(Knowledge):
    """Has a part."""

    def __init__(self, part: Organisations) -> None:
        super().__init__()
        self.part = part


class Composed(Command):
    """A command with parts, two of which share one, and a fold method of its own."""

    def __init__(self) -> None:
        super().__init__(BY_PROGRAMME)
        self.organisations = Organisations(BY_BANK)
        self.nested = Nested(self.organisations)
        self.conclusions = Conclusions(background=(BY_BANK, BY_PROGRAMME))
        self.concluded = 0

    @applies(ProgrammeConcluded)
    def _(self) -> None:
        self.concluded += 1

    def execute(self) -> None:
        self.record(CONCLUDED)


def test_a_command_has_the_boundary_and_background_of_all_its_parts() -> None:
    assert Composed().consistency_boundary() == [BY_PROGRAMME, BY_BANK]
    assert Composed().background() == [BY_BANK, BY_PROGRAMME]


def test_selectors_with_the_same_tags_are_merged() -> None:
    also = Selector(types=[ProgrammeConcluded, OrganisationRegistered], tags=[BANK])
    merged = Selector(types=[OrganisationRegistered, ProgrammeConcluded], tags=[BANK])
    assert Organisations(BY_BANK, BY_PROGRAMME, also).consistency_boundary() == [merged, BY_PROGRAMME]


def test_every_part_folds_every_event_once_even_if_it_is_shared() -> None:
    command = Composed().load([REGISTERED, CONCLUDED])
    assert command.organisations.seen == [(BANK, "Bank")]
    assert command.conclusions.seen == [(BANK, "Bank"), CONCLUDED]
    assert command.concluded == 1


def test_a_recorded_event_is_folded_by_the_parts_too() -> None:
    command = Composed()
    command.execute()
    assert command.conclusions.seen == [CONCLUDED]
    assert [one.decision for one in command.collect_events()] == [CONCLUDED]


def test_a_part_can_be_loaded_by_itself() -> None:
    events: list[Event] = [REGISTERED, CONCLUDED]
    assert Organisations(BY_BANK).load(events).seen == [(BANK, "Bank")]


def test_the_folded_types_are_those_of_all_parts() -> None:
    assert folded_by(Composed()) == {OrganisationRegistered, ProgrammeConcluded}
    assert folded_by(Nested(Organisations())) == {OrganisationRegistered}


class SharedPart(Knowledge):
    """Has one part under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.first = self.second = Organisations(BY_BANK)


def test_a_part_under_two_names_folds_each_event_once() -> None:
    assert SharedPart().load([REGISTERED]).first.seen == [(BANK, Label("Bank"))]
