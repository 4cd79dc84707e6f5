"""Challenges: the board of a programme, one challenge, and proposing, revising and withdrawing one."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.challenges.challenge import ProposeChallenge
from domain.challenges.questions import AnswerQuestion, AskQuestion
from domain.challenges.revising import ReviseChallenge
from domain.events.ballot import BallotCertified, BallotVoided, ChallengesChosen
from domain.events.challenge import (
    ChallengeAdmitted,
    ChallengeDeclined,
    ChallengeProposed,
    ChallengeRecommissioned,
    ChallengeRevised,
    ChallengeWithdrawn,
)
from domain.events.team import TeamChallengeChanged, TeamDissolved, TeamMerged
from domain.foundation import ChallengeId, Event, NotFound, OrganisationId, QuestionId, Selector, Text, Words
from projections.ballots import RESULTS
from projections.challenges import CHALLENGES, Challenge
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS
from service.api.http.bodies import Prose, ShortTitle, Title, words
from service.pages.facts import Worded, in_words_of
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.preparing.challenges import withdrawal_of
from service.reading.challenges import can_see_challenge, challenges_of_programme
from service.reading.feed import can_read
from service.reading.options import ListOptions
from service.reading.questions import questions_of_challenge
from service.store.log.types import Receipt

HERE = "/choice"
BOARD_PAGE = 40
MAX_SHOWN = 100
"""Questions on one challenge, and organisations to choose from."""
MAX_DECISIONS = 20
DECISIONS: list[type[Event]] = [
    ChallengeDeclined,
    ChallengeWithdrawn,
    ChallengeRecommissioned,
    ChallengesChosen,
    BallotCertified,
    BallotVoided,
    TeamChallengeChanged,
    TeamMerged,
    TeamDissolved,
]
"""The decisions about a challenge after it was admitted. The page quotes the newest of these, with their reasons."""

SHORT = Text(en="At most 40 characters, for charts and maps.", nl="Hoogstens 40 tekens, voor grafieken en kaarten.")


class Proposal(Form):
    """A challenge to propose."""

    organisation_id: Annotated[OrganisationId, labelled("For which organisation", "Voor welke organisatie")]
    title: Annotated[
        Title,
        labelled("Your question", "Je vraag", Text(en="A question, in one sentence.", nl="Een vraag, in één zin.")),
    ]
    context: Annotated[
        Prose,
        labelled(
            "What is the matter",
            "Wat er speelt",
            Text(en="For people who do not know it.", nl="Voor wie het niet kent."),
        ),
    ]
    wish: Annotated[Prose, labelled("What you ask of a CoP", "Wat je van een CoP vraagt")] | None = None
    short_title: Annotated[ShortTitle, labelled("Short title", "Korte titel", SHORT)] | None = None


class Revision(Form):
    """The texts of a challenge, as they should be."""

    title: Annotated[Title, labelled("Your question", "Je vraag")]
    context: Annotated[Prose, labelled("What is the matter", "Wat er speelt")]
    wish: Annotated[Prose, labelled("What you ask of a CoP", "Wat je van een CoP vraagt")] | None = None
    short_title: Annotated[ShortTitle, labelled("Short title", "Korte titel", SHORT)] | None = None


class Asked(Form):
    """A question on a challenge."""

    text: Annotated[Prose, labelled("Your question about it", "Je vraag erover")]


class Answered(Form):
    """An answer to a question."""

    text: Annotated[Prose, labelled("Your answer", "Je antwoord")]


class Reason(Form):
    """A reason."""

    reason: Annotated[Prose, labelled("Reason", "Reden")]


class ChallengePages(Controller):
    """Pages about challenges."""

    path = "/"

    @get("/challenges")
    async def board(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the challenges of the programme."""
        if visit.programme is None:
            raise NotFound
        cursor = visit.request.query_params.get("cursor", "")
        listing = ListOptions(cursor, BOARD_PAGE, visit.reading.at_least, visit.reading.as_of)
        found = await challenges_of_programme(visit.reader, visit.programme, listing)
        names = await visit.names(one for row in found.items for one in (row.organisation, row.proposer) if one)
        stamps = await visit.stamps(Selector(types=[ChallengeProposed], tags=[visit.programme]))
        return visit.page(
            "challenges/board.html",
            here=HERE,
            has_past=True,
            found=found,
            in_parts=found.next is not None or bool(cursor),
            names=names,
            stamps=stamps,
        )

    @get("/challenges/new")
    async def new(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Show the form that proposes a challenge."""
        return await self._new(visit)

    @post("/challenges/new")
    async def propose(self, visit: NamedDependency[Visit]) -> Response[Any]:
        """Propose a challenge."""
        return await visit.submit(
            Proposal,
            lambda form, by, new: ProposeChallenge(
                new,
                programme=visit.programme_of_form,
                organisation=form.organisation_id,
                proposer=None,
                title=Words(form.title),
                context=Words(form.context),
                wish=words(form.wish),
                short_title=words(form.short_title),
                by=by,
            ),
            creates="challenge",
            then=lambda receipt: f"/challenges/{receipt.resource_id}",
            again=lambda: self._new(visit),
        )

    @get("/challenges/{challenge:str}")
    async def show(self, visit: NamedDependency[Visit], challenge: FromPath[ChallengeId]) -> Response[Any]:
        """Show a challenge."""
        return await self._show(visit, challenge)

    @post("/challenges/{challenge:str}/revision")
    async def revise(self, visit: NamedDependency[Visit], challenge: FromPath[ChallengeId]) -> Response[Any]:
        """Change the texts of a challenge."""
        return await visit.submit(
            Revision,
            lambda form, by, _: ReviseChallenge(
                challenge,
                title=Words(form.title),
                context=Words(form.context),
                wish=words(form.wish),
                short_title=words(form.short_title),
                by=by,
            ),
            then=f"/challenges/{challenge}",
            again=lambda: self._show(visit, challenge),
        )

    @post("/challenges/{challenge:str}/withdrawal")
    async def withdraw(self, visit: NamedDependency[Visit], challenge: FromPath[ChallengeId]) -> Response[Any]:
        """Withdraw a challenge, with a reason."""

        async def perform(form: Reason, attempt: Attempt) -> Receipt:
            withdraw = await withdrawal_of(visit.reader, challenge)
            return await attempt.execute(lambda: withdraw(visit.because(attempt.by, form.reason)))

        return await visit.perform(
            Reason,
            perform,
            name="withdrawal",
            then=f"/challenges/{challenge}",
            again=lambda: self._show(visit, challenge),
        )

    @post("/challenges/{challenge:str}/questions")
    async def ask(self, visit: NamedDependency[Visit], challenge: FromPath[ChallengeId]) -> Response[Any]:
        """Ask a question on a challenge, before the ballot."""
        return await visit.submit(
            Asked,
            lambda form, by, new: AskQuestion(new, challenge=challenge, text=Words(form.text), by=by),
            creates="question",
            then=f"/challenges/{challenge}#questions",
            again=lambda: self._show(visit, challenge),
        )

    @post("/challenges/{challenge:str}/questions/{question:str}/answer")
    async def answer(
        self, visit: NamedDependency[Visit], challenge: FromPath[ChallengeId], question: FromPath[QuestionId]
    ) -> Response[Any]:
        """Answer a question, or replace its answer."""
        return await visit.submit(
            Answered,
            lambda form, by, _: AnswerQuestion(question, challenge=challenge, text=Words(form.text), by=by),
            name=f"answer-{question}",
            then=f"/challenges/{challenge}#questions",
            again=lambda: self._show(visit, challenge),
        )

    async def _new(self, visit: Visit) -> Response[Any]:
        organisations = await visit.reader.page(ORGANISATIONS, ALL_ORGANISATIONS, listing=ListOptions(limit=MAX_SHOWN))
        return visit.page(
            "challenges/new.html", here=HERE, form=visit.form(Proposal), organisations=organisations.items
        )

    async def _show(self, visit: Visit, challenge: ChallengeId) -> Response[Any]:
        row = await visit.reader.visible_row(CHALLENGES, challenge, can_see_challenge, visit.reading)
        types = [ChallengeProposed, ChallengeRevised, ChallengeAdmitted, ChallengeDeclined, ChallengeWithdrawn]
        stamps = await visit.stamps(Selector(types=types, tags=[challenge]))
        listing = ListOptions("", MAX_SHOWN, visit.reading.at_least, visit.reading.as_of)
        questions = (await questions_of_challenge(visit.reader, challenge, listing)).items
        involved = [one for asked in questions for one in (asked.author, asked.answer and asked.answer.author) if one]
        replaces = await _replaced_by(visit, challenge)
        rights = await visit.rights()
        names = await visit.names(
            [
                *stamps.actors(),
                *involved,
                *row.teams,
                *(one for one in (row.organisation, row.proposer, row.runner_up, replaces) if one),
            ]
        )
        may_change = row.status in {"proposed", "admitted"} and (
            row.proposer == visit.person or rights.facilitates(row.programme)
        )
        return visit.page(
            "challenges/challenge.html",
            here=HERE,
            has_past=True,
            live=challenge,
            challenge=row,
            has_result=await _has_result(visit, row),
            replaces=replaces,
            decisions=await _decisions(visit, challenge),
            names=names,
            stamps=stamps,
            may_change=may_change,
            questions=questions,
            undecided=row.status in {"proposed", "admitted"},
            may_ask=rights.belongs_to(row.programme),
            may_answer=row.proposer == visit.person
            or rights.facilitates(row.programme)
            or rights.contact_for(row.organisation, challenge, programme=row.programme),
            asking=visit.form(Asked),
            answering=lambda one: visit.form(Answered, f"answer-{one.id}"),  # pyright: ignore[reportUnknownLambdaType, reportUnknownMemberType]  a template calls it
            revision=visit.form(Revision),
            withdrawal=visit.form(Reason, "withdrawal"),
        )


async def _has_result(visit: Visit, row: Challenge) -> bool:
    """Whether the last ballot that the challenge was on was counted."""
    return row.ballot is not None and await visit.reader.row(RESULTS, row.ballot, visit.reading) is not None


async def _replaced_by(visit: Visit, challenge: ChallengeId) -> ChallengeId | None:
    """The withdrawn challenge whose seat this one got as the runner-up."""
    withdrawals = Selector(types=[ChallengeWithdrawn], tags=[challenge])
    until = await visit.reader.position_of(visit.reading)
    found = [event for event, _ in await visit.kring.commands.events(withdrawals, until=until)]
    seats = (one for one in found if isinstance(one, ChallengeWithdrawn) and one.takes_the_seat == challenge)
    return next((one.challenge for one in seats), None)


async def _decisions(visit: Visit, challenge: ChallengeId) -> list[Worded]:
    """The decisions about a challenge, the newest first, in words and with reasons as far as the visitor may read them."""
    query = visit.kring.commands.mapper.query([Selector(types=DECISIONS, tags=[challenge])])
    until, rights = await visit.reader.position_of(visit.reading), await visit.rights()
    found, _ = await visit.kring.log.read(query, until=until, limit=MAX_DECISIONS, newest=True)
    return await in_words_of(visit, rights, [one for one in reversed(found) if can_read(rights, one)])
