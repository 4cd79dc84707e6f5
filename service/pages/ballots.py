"""Ballots: the paper, its texts, the recusal and the receipt."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

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
from service.pages.ballot_results import number_in
from service.pages.frame.forms import Entered, Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.rankings import PREFIX, ranking_in
from service.pages.results import titles_of
from service.preparing.ballots import casting, declare_recusal, new_paper
from service.reading.ballot_texts import BallotTexts, FrozenTexts, visible_texts
from service.reading.ballots import OwnPaper, own_paper, visible_ballot
from service.reading.eligibility import eligibility_on
from service.store.log.types import Receipt

HERE = "/choice"
MAX_FULL_CHARACTERS, MAX_ARTICLES = 16_000, 24
"""Texts that the paper shows whole, and challenges of which it shows at least the beginning; of more it lists the titles."""
TITLES_PER_GROUP = 20
MAX_TEXT_CHARACTERS = 24_000
"""Texts on one page of their own, unless one alone has more."""

Layout = Literal["full", "beginnings", "titles"]


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

    @get("/texts")
    async def texts(self, visit: NamedDependency[Visit], ballot: FromPath[BallotId]) -> Response[Any]:
        """Show the whole texts of some challenges on the paper; `from`: the place of the first."""
        row = await visible_ballot(visit.reader, ballot, visit.reading)
        right = await eligibility_on(visit.reader, ballot, visit.reading, visit.language)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        first = min(number_in(visit, "from") or 1, max(1, len(texts.challenges)))
        some = page_of_texts(texts, first - 1)
        stamps = await visit.stamps(*(Selector(types=[ChallengeProposed], tags=[one.challenge]) for one in some))
        can_vote = right.may_vote and row.status == "open" and not visit.is_past
        recused = row.recused_challenges or ()
        return visit.page(
            "ballots/texts.html",
            here=HERE,
            has_past=True,
            ballot=row,
            texts=some,
            first=first,
            last=first + len(some) - 1,
            every=len(texts.challenges),
            own={one.challenge: one for one in right.own_challenges},
            recusal=visit.form(Recusal),
            recusable=[one.challenge for one in some if one.challenge not in recused] if can_vote else [],
            titles=titles_of(texts),
            stamps=stamps,
            names=await visit.names([*stamps.actors(), *_involved(some)]),
        )

    async def _show(self, visit: Visit, ballot: BallotId) -> Response[Any]:
        row = await visible_ballot(visit.reader, ballot, visit.reading)
        right = await eligibility_on(visit.reader, ballot, visit.reading, visit.language)
        texts = await visible_texts(visit.reader, ballot, visit.reading)
        paper = await _own_paper(visit, ballot)
        layout = layout_of(texts)
        whole = row.challenges if layout == "full" else ()
        proposals = [Selector(types=[ChallengeProposed], tags=[one]) for one in whole]
        own = Selector(types=[VoteCast, RecusalDeclared], tags=[visit.person, ballot])
        course = [BallotOpened, BallotClosed, BallotCounted, BallotCertified, BallotVoided]
        stamps = await visit.stamps(Selector(types=course, tags=[ballot]), own, *proposals)
        names = await visit.names([*stamps.actors(), *_involved(texts.challenges)])
        ranked = ranks(row.rule)
        form, recusal = visit.form(Ranks if ranked else Crosses, "paper"), visit.form(Recusal)
        choices = () if paper is None else (paper.ranking if ranked else paper.approvals) or ()
        is_late = form.failed and not right.may_vote and right.elector
        own = {one.challenge: one for one in right.own_challenges}
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
            choices=choices,
            ranked=ranked,
            quorum=-(-row.quorum_permille * len(row.electorate) // MILLE),
            layout=layout,
            group_size=TITLES_PER_GROUP,
            kept=kept_places(form.entered, texts) if is_late else {one: place for place, one in enumerate(choices, 1)},
            unavailable={
                *row.struck,
                *(row.recused_challenges or ()),
                *(own if right.own_policy == "forbidden" else ()),
            },
            own=own,
            names=names,
            stamps=stamps,
            form=form,
            recusal=recusal,
            can_vote=right.may_vote and row.status == "open" and not visit.is_past,
            is_late=is_late,
        )


def characters_of(one: FrozenTexts) -> int:
    """The length of the texts of a challenge, with its questions and answers."""
    asked = [text for each in one.questions for text in (each.text, each.answer and each.answer.text)]
    return sum(len(text.text or "") for text in (one.title, one.context, one.wish, *asked) if text)


def layout_of(texts: BallotTexts) -> Layout:
    """The layout of a paper: its challenges with all texts, their beginnings, or titles alone, so that the page stays small."""
    if len(texts.challenges) > MAX_ARTICLES:
        return "titles"
    return "full" if sum(map(characters_of, texts.challenges)) <= MAX_FULL_CHARACTERS else "beginnings"


def page_of_texts(texts: BallotTexts, start: int) -> list[FrozenTexts]:
    """The challenges from this place on that fit on one page: at least one."""
    some, length = list[FrozenTexts](), 0
    for one in texts.challenges[start : start + MAX_ARTICLES]:
        length += characters_of(one)
        if some and length > MAX_TEXT_CHARACTERS:
            break
        some.append(one)
    return some


def kept_places(entered: Entered, texts: BallotTexts) -> dict[ChallengeId, str]:
    """The choices in a form that came too late: the place of each challenge in it."""
    crossed = entered.get("approvals", ())
    places = {one.challenge: next(iter(entered.get(f"{PREFIX}{one.challenge}", ())), "") for one in texts.challenges}
    return {one: place for one, place in places.items() if place or one in crossed}


def _involved(some: Iterable[FrozenTexts]) -> Iterator[str]:
    """The organisations of challenges, and the people who asked and answered."""
    for one in some:
        yield one.organisation or ""
        for asked in one.questions:
            yield asked.author or ""
            yield (asked.answer.author if asked.answer else None) or ""


async def _own_paper(visit: Visit, ballot: BallotId) -> OwnPaper | None:
    try:
        return await own_paper(visit.reader, ballot, visit.reading)
    except NotFound:
        return None
