"""Answers to "may I vote, and why": on a ballot, and before one opens. Read from the log, so that no view can lag behind."""

from domain.events.ballot import BallotOpened
from domain.events.programme import ProgrammeConcluded
from domain.events.roles import ENROLMENT_EVENTS
from domain.foundation import BallotId, Language, NotFound, ProgrammeId, Selector
from domain.people.rights import Rights
from projections.derived.eligibility import (
    Asker,
    Eligibility,
    Prospect,
    eligibility,
    events_about,
    opening_of,
    prospect,
)
from service.reading.options import ReadOptions
from service.reading.reader import Reader


async def eligibility_on(reader: Reader, ballot: BallotId, reading: ReadOptions, language: Language) -> Eligibility:
    """Whether the caller may vote on this ballot, and why. Raises `NotFound`."""
    await reader.wait_for_views(reading.at_least)
    rights, until = await reader.rights(), await reader.position_of(reading)
    found = await reader.kring.commands.events(*events_about(ballot, reader.caller.person), until=until)
    opening = opening_of(ballot, found)
    if opening is None or not _may_know(rights, opening[0]):
        raise NotFound
    return eligibility(*opening, found, await _asker(reader, reading, language))


async def prospect_in(reader: Reader, programme: ProgrammeId, reading: ReadOptions, language: Language) -> Prospect:
    """Whether the caller would be an elector if a ballot of this programme opened now, and why. Raises `NotFound`."""
    await reader.wait_for_views(reading.at_least)
    rights, until, person = await reader.rights(), await reader.position_of(reading), reader.caller.person
    mine = [] if person is None else [Selector(types=ENROLMENT_EVENTS, tags=[person, programme])]
    conclusion = Selector(types=[ProgrammeConcluded], tags=[programme])
    found = await reader.kring.commands.events(*mine, conclusion, until=until)
    enrolled = [one for one in found if not isinstance(one[0], ProgrammeConcluded)]
    if not (enrolled and _is_participant(rights, programme)):  # who left the programme may still know of it
        await reader.audience(programme, reading)
    concluded = next((one for one in found if isinstance(one[0], ProgrammeConcluded)), None)
    return prospect(programme, enrolled, concluded, await _asker(reader, reading, language))


def _may_know(rights: Rights, opened: BallotOpened) -> bool:
    """Whether the caller can see the ballot, or is an elector of it: one who left the programme may still vote (rule 1)."""
    elector = _is_participant(rights, opened.programme) and rights.by.person in opened.electorate
    return (
        elector
        or rights.belongs_to(opened.programme)
        or any(rights.reads_for(opened.organisations, one, programme=opened.programme) for one in opened.challenge_ids)
    )


def _is_participant(rights: Rights, programme: ProgrammeId) -> bool:
    """Whether the caller has a participant's token that gives rights in this programme."""
    rights.require_token()
    return rights.by.role == "participant" and rights.by.person is not None and rights.is_within(programme)


async def _asker(reader: Reader, reading: ReadOptions, language: Language) -> Asker:
    return Asker(reader.caller.role, reader.caller.person, language, await reader.time_of(reading))
