"""Commands after the conclusion of their programme: refused, unless listed with a reason."""

import pytest

from domain.events.programme import ProgrammeConcluded
from domain.foundation import Command, folded_by
from domain.gatherings.attendance import RecordAttendance
from domain.gatherings.minutes import WriteMinutes
from domain.programmes.programme import ProgrammeOver
from domain.teams.team import TeamRights
from tests.reference.examples.after_the_conclusion import BY_GUIDE, ENDED, OVER
from tests.reference.sources import commands, reaches
from tests.samples import BY_ANNA, sample_command

CORRECTIONS = {RecordAttendance, WriteMinutes}
"""Commands that are refused only for new records; corrections with a reason are still accepted (rule 21)."""


def own_work(command: type[Command]) -> bool:
    """Whether only members of the team may execute the command, so that facilitators are always refused."""
    return reaches(command, TeamRights.require_own)


def test_every_command_is_refused_after_the_conclusion_or_listed_with_a_reason() -> None:
    refused = {one for one, effects in commands().items() if ProgrammeOver in effects.refuses}
    assert {one.__name__ for one in refused} == {one.__name__ for one in ENDED}
    assert refused >= CORRECTIONS


@pytest.mark.parametrize("command", ENDED, ids=lambda one: one.__name__)
def test_commands_refused_after_the_conclusion_have_it_in_their_boundary(command: type[Command]) -> None:
    assert ProgrammeConcluded in folded_by(sample_command(command, BY_ANNA))
    callers = (BY_ANNA,) if own_work(command) else (BY_ANNA, BY_GUIDE)  # facilitators are always refused
    for by in callers:
        boundary = sample_command(command, by).consistency_boundary()
        assert any(ProgrammeConcluded in one.types and set(one.tags) <= set(OVER.tags()) for one in boundary), by.role
