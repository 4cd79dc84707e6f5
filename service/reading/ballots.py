"""Ballots and papers, as far as their reader may see them."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.events.ballot import BallotOpened
from domain.foundation import BallotId, ChallengeId, NotFound, PersonId, ProgrammeId
from domain.people.rights import Rights
from projections import ballots as views
from projections.view import ids
from service import ballot_papers
from service.reading.ballot_results import ShownResult, approvals_and_ranking, shown_result, voters
from service.reading.options import ListOptions, Page, ReadOptions
from service.reading.reader import Reader

PaperStatus = Literal["current", "counted"]


class OwnPaper(Struct, frozen=True, kw_only=True, rename=ids("ballot", "voter")):
    """A voter's current paper: when it was handed in and, on a named ballot, its choices.

    `approvals` or, under a rule that ranks, `ranking`: both are null on a secret ballot, whose papers are not shown again, and
    if nobody can open the paper any more. `tracker`, `receipt`: of a secret paper, only in the answer when it is handed in.
    """

    ballot: BallotId
    voter: PersonId
    status: PaperStatus
    approvals: tuple[ChallengeId, ...] | None = None
    ranking: tuple[ChallengeId, ...] | None = None
    handed_in_at: datetime
    tracker: str | None = None
    receipt: str | None = None
    position: int


def status_of_paper(result: views.Result | None) -> PaperStatus:
    """The status of a current paper: whether its ballot was counted."""
    return "current" if result is None else "counted"


async def turnout(reader: Reader, ballot: BallotId, reading: ReadOptions) -> int:
    """The number of current papers of an open ballot."""
    papers_of = await reader.views(reading, ballot)
    return (await papers_of.rows(views.Turnout, views.TURNOUT, ballot))[0].turnout


async def newest_open_ballot(reader: Reader, programme: ProgrammeId, reading: ReadOptions) -> views.Ballot | None:
    """The open ballot of a programme that was opened last, with its turnout, for callers inside it."""
    found = await (await reader.views(reading, programme)).rows(views.Ballot, views.NEWEST_OPEN_BALLOT, programme)
    return replace(found[0], turnout=await turnout(reader, found[0].id, reading)) if found else None


async def own_recusals(reader: Reader, ballot: BallotId, until: int | None) -> tuple[ChallengeId, ...]:
    """The challenges from which the caller recused themselves."""
    row = (
        None
        if reader.caller.person is None
        else await reader.row_from_log(views.RECUSALS, f"{reader.caller.person}/{ballot}", until)
    )
    return () if row is None else row.challenges


def is_elector(rights: Rights, row: views.Ballot) -> bool:
    """Whether the caller is an elector of the ballot: one who left the programme since may still vote (rule 1)."""
    own = rights.by.role == "participant" and rights.by.person in row.electorate
    return own and rights.is_within(row.programme)


def can_see_ballot(rights: Rights, row: views.Ballot) -> bool:
    """Whether the caller is inside the programme, an elector, or a contact for a challenge on the ballot."""
    return (
        rights.belongs_to(row.programme)
        or is_elector(rights, row)
        or any(rights.reads_for(row.organisations, one, programme=row.programme) for one in row.challenges)
    )


async def visible_ballot(reader: Reader, ballot: BallotId, reading: ReadOptions) -> views.Ballot:
    """A ballot with the caller's recusals and, while it is open, its turnout. Raises `NotFound`."""
    row = await reader.visible_row(views.BALLOTS, ballot, can_see_ballot, reading)
    row = replace(row, recused_challenges=await own_recusals(reader, ballot, await reader.position_of(reading)))
    if row.status != "open":
        return row
    return replace(row, turnout=await turnout(reader, ballot, reading))


async def own_paper(reader: Reader, ballot: BallotId, reading: ReadOptions) -> OwnPaper:
    """The caller's paper; its choices unless the ballot is secret. Raises `NotFound`."""
    me, commands = reader.caller.person, reader.kring.commands
    if me is None or reader.caller.role != "participant":  # a token gives the rights of its role
        raise NotFound
    until = await reader.position_of(reading)
    opened, key = await ballot_papers.opening(commands, ballot), f"{me}/{ballot}"
    if not (await reader.rights()).is_within(opened.programme):
        raise NotFound
    row, latest = await reader.row_from_log(views.PAPERS, key, until), await reader.row_from_log(views.PAPERS, key)
    if row is None or latest is None:
        raise NotFound
    paper = OwnPaper(
        ballot=ballot,
        voter=me,
        status=status_of_paper(await reader.row_from_log(views.RESULTS, ballot, until)),
        handed_in_at=row.handed_in_at,
        position=row.position,
    )
    if opened.secrecy == "secret" or row.position != latest.position:  # a replaced paper is deleted
        return paper
    approvals, ranking = approvals_and_ranking(opened.rule, await _own_choices(reader, opened, me))
    return replace(paper, approvals=approvals, ranking=ranking)


async def _own_choices(reader: Reader, opened: BallotOpened, me: PersonId) -> tuple[ChallengeId, ...] | None:
    """The choices of the caller's paper on a named ballot: sealed until the count, published after it."""
    counted = await reader.row_from_log(views.RESULTS, opened.ballot)
    if counted is None:
        held = await ballot_papers.own_paper(reader.kring.commands, opened, me)
        return None if held is None else held.approvals
    await reader.unseal([counted])
    voter_of = voters(counted)
    return next((one.approvals for one in counted.papers if voter_of.get(one.number) == me), None)


async def visible_result(reader: Reader, ballot: BallotId, reading: ReadOptions) -> ShownResult:
    """The result of a counted ballot, as far as the caller may see it. Raises `NotFound`."""
    row = await reader.visible_row(views.BALLOTS, ballot, can_see_ballot, reading)
    result = await reader.visible_row(views.RESULTS, ballot, lambda _, __: True, reading)
    rights = await reader.rights()
    inside = rights.belongs_to(result.programme)
    can_see_roll = inside or (rights.by.role == "auditor" and can_see_ballot(rights, row))
    commands = reader.kring.commands
    roll = await ballot_papers.roll(commands, ballot) if can_see_roll else None
    return shown_result(result, await ballot_papers.opening(commands, ballot), with_voters=inside, roll=roll)


async def ballots_of_programme(reader: Reader, programme: ProgrammeId, listing: ListOptions) -> Page[views.Ballot]:
    """A page of the ballots of a programme that the caller may see, unsealed. Raises `NotFound`."""
    rights = await reader.rights()
    inside, organisations = await reader.audience(programme, listing.reading)
    return await reader.page(
        views.BALLOTS,
        views.BALLOTS_OF_PROGRAMME,
        programme,
        inside,
        organisations,
        listing=listing,
        scope=programme,
        can_see=lambda row: can_see_ballot(rights, row),
    )
