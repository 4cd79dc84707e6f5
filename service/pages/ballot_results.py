"""Results of ballots: what was chosen and how, seat by seat or round by round, and the papers."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.ballot import BallotCertified, BallotCounted, BallotOpened, BallotVoided
from domain.foundation import BallotId, ChallengeId, NotFound, Selector
from service.pages.frame.headers import COMMON_HEADERS
from service.pages.frame.visit import Visit
from service.pages.results import shown, titles_of
from service.reading.ballot_results import ShownResult
from service.reading.ballot_texts import visible_texts
from service.reading.ballots import visible_ballot, visible_result

HERE = "/choice"
MAX_PURSES, MAX_SEATS, MAX_TALLIES, MAX_UNFILLED = 24, 6, 24, 16
"""Shares, seats, tallies and rings that a result draws itself; more are listed, or have their own page."""
MAX_DOTTED, MAX_PAPERS = 12, 12
"""Tallies with a dot for each paper, and papers that a result lists itself."""
MAX_CELLS = 160
"""Numbers in the table of a count by rounds; a larger one has a page for each round."""
PAPERS_PER_PAGE = 50


class BallotResultPages(Controller):
    """Pages about the result of a ballot."""

    path = "/ballots/{ballot:str}"

    @get("/result")
    async def result(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Show the result of a counted ballot; `seat`: the first seat that is drawn."""
        result = await visible_result(visit.reader, ballot, visit.reading)
        row = await visible_ballot(visit.reader, ballot, visit.reading)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        stamps = await visit.stamps(
            Selector(types=[BallotOpened, BallotCounted, BallotCertified, BallotVoided], tags=[ballot])
        )
        voters = (one.voter for one in result.papers if one.voter)
        names = await visit.names([*stamps.actors(), *voters, *(one.organisation or "" for one in result.challenges)])
        drawing = shown(result, names)
        first = min(number_in(visit, "seat") or 1, max(1, len(drawing.seats)))
        return visit.page(
            "ballots/result.html" if first == 1 else "ballots/seats.html",
            here=HERE,
            has_past=True,
            live=ballot,
            ballot=row,
            result=result,
            shown=drawing,
            first=first,
            seats=drawing.seats[first - 1 : first - 1 + MAX_SEATS],
            elected=elected_by(result),
            tabled=len(result.stages) * len(result.challenges) <= MAX_CELLS,
            titles=titles_of(texts),
            long_titles={one.challenge: one.title.text for one in texts.challenges},
            organisations={one.challenge: one.organisation for one in result.challenges},
            names=names,
            stamps=stamps,
            max_purses=MAX_PURSES,
            max_tallies=MAX_TALLIES,
            max_dotted=MAX_DOTTED,
            max_papers=MAX_PAPERS,
            max_unfilled=MAX_UNFILLED,
        )

    @get("/rounds/{number:int}")
    async def rounds(
        self, visit: NamedDependency[Visit], ballot: FromPath[BallotId], number: FromPath[int]
    ) -> Response[Any]:
        """Show one round of a count that ranks."""
        result = await visible_result(visit.reader, ballot, visit.reading)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        if not 1 <= number <= len(result.stages):
            raise NotFound
        stage = result.stages[number - 1]
        return visit.page(
            "ballots/round.html",
            here=HERE,
            has_past=True,
            result=result,
            stage=stage,
            number=number,
            rounds=len(result.stages),
            transfers={one.challenge: one.value for one in stage.transfers},
            titles=titles_of(texts),
        )

    @get("/result.json")
    async def result_as_data(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[ShownResult]:
        """Give the result to the recount in the browser."""
        found = await visible_result(visit.reader, ballot, visit.reading)
        return Response(found, media_type="application/json", headers={**COMMON_HEADERS, "Cache-Control": "no-store"})

    @get("/papers")
    async def papers(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Show a page of the counted papers."""
        result = await visible_result(visit.reader, ballot, visit.reading)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        start = number_in(visit, "cursor")
        end = start + PAPERS_PER_PAGE
        some = result.papers[start:end]
        names = await visit.names(one.voter for one in some if one.voter)
        return visit.page(
            "ballots/papers.html",
            here=HERE,
            has_past=True,
            result=result,
            papers=some,
            first=start + 1,
            following=end if end < len(result.papers) else None,
            titles=titles_of(texts),
            names=names,
        )


def elected_by(result: ShownResult) -> list[ChallengeId]:
    """The challenges that the count elected, before any runner-up took the seat of one that was withdrawn."""
    return [one.challenge for one in result.trace] + [one for stage in result.stages for one in stage.elected]


def number_in(visit: Visit, name: str) -> int:
    """The number in a parameter of the address; 0 for anything else."""
    text = visit.request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0  # noqa: PLR2004  no page is so far away
