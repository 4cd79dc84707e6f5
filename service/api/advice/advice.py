"""A team's advice over HTTP: its parts, the verdicts of members, presentation and delivery."""

from collections.abc import Callable
from typing import Annotated, TypeAlias

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from domain.advice.advice import (
    DraftAnswer,
    DraftSummary,
    FixGuidingQuestion,
    Outdated,
    PartKind,
    ReviseProblemStatement,
)
from domain.advice.presenting import JudgeAdvice, Verdict
from domain.foundation import Caller, Command, FileId, PersonId, TeamId, Words
from projections import advice as views
from service.api.http.bodies import Body, Prose, require_distinct, words
from service.api.http.problems import MEDIA_TYPE, FieldProblem, Problem, of_refusal
from service.api.requests.request_context import RequestContext
from service.preparing.advice import delivery_of, presentation_of
from service.reading.advice import part_versions, visible_advice
from service.reading.options import Page, ReadOptions
from service.reading.reader import Reader

Version = Annotated[int, Meta(ge=0, le=1_000_000)]


class NewProblemStatement(Body):
    """The next version of the problem statement. `based_on`: the version that the writer revised."""

    text: Prose
    patterns: Prose | None = None
    causes: Prose | None = None
    values: Prose | None = None
    based_on: Version | None = None


class NewPassage(Body):
    """The next version of the guiding question or the answer."""

    text: Prose
    based_on: Version | None = None


class NewSummary(Body):
    """The next version of the summary."""

    summary: Prose
    method: Prose
    based_on: Version | None = None


class NewVerdict(Body):
    """A member's verdict on the current version of the advice. A dissent needs a `text`."""

    verdict: Verdict
    text: Prose | None = None


class Handover(Body):
    """The contacts to whom the advice is presented or delivered (`to`), and the team's files that go with it."""

    to: Annotated[tuple[PersonId, ...], Meta(min_length=1, max_length=200)]
    file_ids: Annotated[tuple[FileId, ...], Meta(max_length=200)] = ()


class OutdatedProblem(Problem, frozen=True, kw_only=True):
    """Rule 16: the revision was based on a version that is no longer the last one, which is `latest`."""

    latest: Struct | None


Written: TypeAlias = Response[views.Part] | Response[OutdatedProblem]
"""The new version, or the problem."""


async def write_version(
    context: RequestContext, body: Body, team: TeamId, part: PartKind, ask: Callable[[Caller], Command]
) -> Written:
    """Write the next version of a part and return it; 409 with the last version if another was written in the meantime."""
    try:
        receipt = await context.submit(body, ask)
    except Outdated as refusal:
        row = await context.reader.row_from_log(views.ADVICE, team)
        return await outdated(context, refusal, getattr(row.parts, part) if row else None)
    return await part_at(context.reader, team, part, receipt.last, status=201)


async def part_at(reader: Reader, team: TeamId, part: PartKind, position: int, *, status: int) -> Response[views.Part]:
    """A response with the last version of a part as of this position."""
    row = await reader.row_from_log(views.ADVICE, team, position)
    assert row is not None, "just written"
    await reader.unseal([row])
    return Response(getattr(row.parts, part), status_code=status, headers={"Kring-Position": str(position)})


async def outdated(context: RequestContext, refusal: Outdated, latest: Struct | None) -> Response[OutdatedProblem]:
    """The refusal as a problem with the last version, which only members can get."""
    if latest is not None:
        await context.reader.unseal([latest])
    plain = of_refusal(context.request, refusal).content
    problem = OutdatedProblem(
        type=plain.type,
        title=plain.title,
        status=plain.status,
        detail=plain.detail,
        code=plain.code,
        errors=[FieldProblem("based_on", plain.detail)],
        latest=latest,
    )
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE)


class AdviceOfTeam(Controller):
    path = "/teams/{team:str}"
    tags = ("Advice",)

    @post("/problem-statement")
    async def state_problem(
        self, team: FromPath[TeamId], data: JSONBody[NewProblemStatement], context: NamedDependency[RequestContext]
    ) -> Written:
        """Write the next version of the problem statement."""
        return await write_version(
            context,
            data,
            team,
            "problem_statement",
            lambda by: ReviseProblemStatement(
                team,
                text=Words(data.text),
                patterns=words(data.patterns),
                causes=words(data.causes),
                values=words(data.values),
                based_on=data.based_on,
                by=by,
            ),
        )

    @post("/guiding-question")
    async def fix_question(
        self, team: FromPath[TeamId], data: JSONBody[NewPassage], context: NamedDependency[RequestContext]
    ) -> Written:
        """Write the next version of the guiding question."""
        return await write_version(
            context,
            data,
            team,
            "guiding_question",
            lambda by: FixGuidingQuestion(team, text=Words(data.text), based_on=data.based_on, by=by),
        )

    @post("/answer")
    async def draft_answer(
        self, team: FromPath[TeamId], data: JSONBody[NewPassage], context: NamedDependency[RequestContext]
    ) -> Written:
        """Write the next version of the answer."""
        return await write_version(
            context,
            data,
            team,
            "answer",
            lambda by: DraftAnswer(team, text=Words(data.text), based_on=data.based_on, by=by),
        )

    @post("/summary")
    async def draft_summary(
        self, team: FromPath[TeamId], data: JSONBody[NewSummary], context: NamedDependency[RequestContext]
    ) -> Written:
        """Write the next version of the summary."""
        return await write_version(
            context,
            data,
            team,
            "summary",
            lambda by: DraftSummary(
                team, summary=Words(data.summary), method=Words(data.method), based_on=data.based_on, by=by
            ),
        )

    @get("/problem-statement")
    async def problem_statements(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the problem statement, the last one first."""
        return await part_versions(reader, team, "problem_statement", reading)

    @get("/guiding-question")
    async def guiding_questions(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the guiding question, the last one first."""
        return await part_versions(reader, team, "guiding_question", reading)

    @get("/answer")
    async def answers(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the answer, the last one first."""
        return await part_versions(reader, team, "answer", reading)

    @get("/summary")
    async def summaries(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the summary, the last one first."""
        return await part_versions(reader, team, "summary", reading)

    @get("/advice")
    async def advice(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Advice:
        """Show the advice: its current version for the team, the version that was handed over last for the commissioner."""
        return await visible_advice(reader, team, reading)

    @post("/advice/approval")
    async def judge(
        self, team: FromPath[TeamId], data: JSONBody[NewVerdict], context: NamedDependency[RequestContext]
    ) -> Response[views.Advice]:
        """Approve the current version of the advice, or dissent from it."""
        return await context.execute(
            data,
            lambda by: JudgeAdvice(team, verdict=data.verdict, text=words(data.text), by=by),
            views.ADVICE,
            team,
            status=201,
        )

    @post("/advice/presentation")
    async def present(
        self, team: FromPath[TeamId], data: JSONBody[Handover], context: NamedDependency[RequestContext]
    ) -> Response[views.Advice]:
        """Present the advice to the commissioner."""
        require_once(data)
        present = await presentation_of(context.reader, team, data.to, data.file_ids)
        return await context.execute(data, present, views.ADVICE, team, status=201)

    @post("/advice/delivery")
    async def deliver(
        self, team: FromPath[TeamId], data: JSONBody[Handover], context: NamedDependency[RequestContext]
    ) -> Response[views.Advice]:
        """Deliver the presented advice, which starts the time for the response."""
        require_once(data)
        deliver = await delivery_of(context.reader, team, data.to, data.file_ids)
        return await context.execute(data, deliver, views.ADVICE, team, status=201)


def require_once(data: Handover) -> None:
    """Raises `BadText` if a person or file is named twice."""
    require_distinct("to", data.to)
    require_distinct("file_ids", data.file_ids)
