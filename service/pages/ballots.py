"""Ballots: the paper, the recusal, the receipt, and what comes of them."""

from dataclasses import replace
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.ballots.ballot import MILLE, ranks
from domain.events.ballot import (
    BallotCertified,
    BallotClosed,
    BallotCounted,
    BallotOpened,
    BallotVoided,
    RecusalDeclared,
    VoteCast,
)
from domain.events.challenge import ChallengeProposed
from domain.foundation import BallotId, ChallengeId, NotFound, Selector
from service import ballot_papers
from service.pages.frame.forms import Form, labelled
from service.pages.frame.headers import COMMON_HEADERS
from service.pages.frame.visit import Attempt, Visit
from service.pages.rankings import ranking_in
from service.pages.results import shown, titles_of
from service.preparing.ballots import casting, declare_recusal, new_paper
from service.reading.ballot_results import ShownResult
from service.reading.ballot_texts import visible_texts
from service.reading.ballots import OwnPaper, own_paper, visible_ballot, visible_result
from service.reading.eligibility import eligibility_on
from service.store.log.types import Receipt

HERE = "/choice"
MAX_PURSES = 40
"""Papers that a result shows itself; more have their own page."""
PAPERS_PER_PAGE = 50


class Crosses(Form):
    """The challenges that the voter approves."""

    approvals: Annotated[tuple[ChallengeId, ...], labelled("Your crosses", "Je kruisjes")] = ()


class Ranks(Form):
    """A ranking, from fields that `ranking_in` reads. `ranking` only names what is wrong with them."""

    ranking: Annotated[tuple[ChallengeId, ...], labelled("Your order", "Je volgorde")] = ()


class Recusal(Form):
    """The challenge from which the elector recuses themselves."""

    challenge_id: Annotated[ChallengeId, labelled("Too closely involved in", "Te nauw betrokken bij")]


class BallotPages(Controller):
    """Pages about ballots."""

    path = "/ballots/{ballot:str}"

    @get()
    async def show(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Show the ballot paper."""
        return await self._show(visit, ballot)

    @post("/vote")
    async def vote(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Hand in a paper; until the ballot closes, it replaces an earlier one."""
        visit.signed_in  # noqa: B018  raises before the ballot is read
        opened = await ballot_papers.opening(visit.kring.commands, ballot)
        sealer, ranked, secret = (
            ballot_papers.PaperSealer(visit.kring.envelopes),
            ranks(opened.rule),
            opened.secrecy == "secret",
        )
        papers = list[OwnPaper]()

        async def perform(form: Crosses | Ranks, attempt: Attempt) -> Receipt:
            choices = (
                form.approvals
                if isinstance(form, Crosses)
                else ranking_in(await visit.entered(), opened.challenge_ids, "ranking")
            )
            if secret:  # neither a fingerprint of the choices is stored, nor is the only receipt lost to a second click
                attempt = replace(attempt, once=None)
            cast = casting(ballot, visit.person, choices, ranked=ranked, sealer=sealer)
            receipt = await attempt.execute(lambda: cast(attempt.by))
            papers.append(new_paper(choices, opened, visit.person, receipt, sealer))
            return receipt

        def receipt_page(receipt: Receipt) -> Response[Any]:
            return visit.page("ballots/receipt.html", here=HERE, paper=papers[0], opened=opened, receipt=receipt)

        return await visit.perform(
            Ranks if ranked else Crosses,
            perform,
            name="paper",
            then=receipt_page if secret else f"/ballots/{ballot}",
            again=lambda: self._show(visit, ballot),
        )

    @post("/recusals")
    async def recuse(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Recuse the caller from the choice of a challenge."""

        async def perform(form: Recusal, attempt: Attempt) -> Receipt:
            return await declare_recusal(
                visit.kring.commands,
                ballot,
                form.challenge_id,
                visit.person,
                lambda make_command: attempt.execute(lambda: make_command(attempt.by)),
            )

        return await visit.perform(Recusal, perform, then=f"/ballots/{ballot}", again=lambda: self._show(visit, ballot))

    @get("/result")
    async def result(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Show the result of a counted ballot."""
        result = await visible_result(visit.reader, ballot, visit.reading)
        row = await visible_ballot(visit.reader, ballot, visit.reading)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        stamps = await visit.stamps(
            Selector(types=[BallotOpened, BallotCounted, BallotCertified, BallotVoided], tags=[ballot])
        )
        voters = (one.voter for one in result.papers if one.voter)
        names = await visit.names([*stamps.actors(), *voters, *(one.organisation or "" for one in result.challenges)])
        return visit.page(
            "ballots/result.html",
            here=HERE,
            has_past=True,
            live=ballot,
            ballot=row,
            result=result,
            shown=shown(result, names),
            titles=titles_of(texts),
            long_titles={one.challenge: one.title.text for one in texts.challenges},
            organisations={one.challenge: one.organisation for one in result.challenges},
            names=names,
            stamps=stamps,
            max_purses=MAX_PURSES,
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
        cursor = visit.request.query_params.get("cursor", "0")
        start = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) <= 9 else 0  # noqa: PLR2004
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

    async def _show(self, visit: Visit, ballot: BallotId) -> Response[Any]:
        row = await visible_ballot(visit.reader, ballot, visit.reading)
        right = await eligibility_on(visit.reader, ballot, visit.reading, visit.language)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        paper = await _own_paper(visit, ballot)
        proposals = [Selector(types=[ChallengeProposed], tags=[one]) for one in row.challenges]
        own = Selector(types=[VoteCast, RecusalDeclared], tags=[visit.person, ballot])
        course = [BallotOpened, BallotClosed, BallotCounted, BallotCertified, BallotVoided]
        stamps = await visit.stamps(Selector(types=course, tags=[ballot]), own, *proposals)
        names = await visit.names(
            [
                *stamps.actors(),
                *(one.organisation or "" for one in texts.challenges),
                *(asked.author or "" for one in texts.challenges for asked in one.questions),
                *(asked.answer.author or "" for one in texts.challenges for asked in one.questions if asked.answer),
            ]
        )
        ranked = ranks(row.rule)
        form, recusal = visit.form(Ranks if ranked else Crosses, "paper"), visit.form(Recusal)
        choices = () if paper is None else (paper.ranking if ranked else paper.approvals) or ()
        return visit.page(
            "ballots/ballot.html",
            here=HERE,
            has_past=True,
            live=ballot,
            ballot=row,
            right=right,
            texts=texts,
            titles=titles_of(texts),
            paper=paper,
            mine=stamps.each("ballot.vote_cast", visit.person),
            recusals=stamps.each("ballot.recusal_declared", visit.person),
            choices=choices,
            ranked=ranked,
            quorum=-(-row.quorum_permille * len(row.electorate) // MILLE),
            own={one.challenge: one for one in right.own_challenges},
            names=names,
            stamps=stamps,
            form=form,
            recusal=recusal,
            can_vote=right.may_vote and row.status == "open" and not visit.is_past,
            is_late=form.failed and not right.may_vote and right.elector,
        )


async def _own_paper(visit: Visit, ballot: BallotId) -> OwnPaper | None:
    try:
        return await own_paper(visit.reader, ballot, visit.reading)
    except NotFound:
        return None
