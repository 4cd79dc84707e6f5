"""A team's advice over HTTP: its parts, what members say of it, presentation and delivery."""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple, TypeAlias

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
    RevisingPart,
)
from domain.advice.presenting import DeliverAdvice, JudgeAdvice, PresentAdvice, Verdict
from domain.events.team import TeamFormed
from domain.foundation import Caller, Digest, FileId, NotFound, PersonId, TeamId, Text, Words
from projections import advice as views
from projections.files import FILES
from projections.recommendations import RECOMMENDATIONS
from service.api.http.bodies import Body, Prose
from service.api.http.problems import MEDIA_TYPE, FieldProblem, Problem, of_refusal
from service.api.requests.request_context import RequestContext
from service.reading.advice_document import document, document_hash
from service.reading.options import BadText, Page, ReadOptions
from service.reading.reader import Reader
from service.reading.team_work import Work, one_of, work_of

Version = Annotated[int, Meta(ge=0, le=1_000_000)]


class NewProblemStatement(Body):
    """The next version of the problem statement; `based_on`: the version that the writer had before them."""

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
    """What a member says of the advice as it stands; a dissent in words."""

    verdict: Verdict
    text: Prose | None = None


class Handover(Body):
    """Before whom the advice is brought, and the files of the team that go with it."""

    to: Annotated[tuple[PersonId, ...], Meta(min_length=1, max_length=200)]
    file_ids: Annotated[tuple[FileId, ...], Meta(max_length=200)] = ()


class OutdatedProblem(Problem, frozen=True, kw_only=True):
    """Rule 16: the version on which a revision was based is no longer the last; `latest` is."""

    latest: Struct | None


Written: TypeAlias = Response[views.Part] | Response[OutdatedProblem]
"""The version that was written, or why it was not."""


def words(text: str | None) -> Words | None:
    """The text to be sealed, where there is one."""
    return None if text is None else Words(text)


async def revised(
    context: RequestContext, body: Body, team: TeamId, part: PartKind, ask: Callable[[Caller], RevisingPart]
) -> Written:
    """Write the next version of a part and answer it; 409 with the last one where another was written in between."""
    try:
        receipt = await context.submit(body, ask)
    except Outdated as refusal:
        row = await context.reader.row_from_log(views.ADVICE, team)
        return await outdated(context, refusal, getattr(row.parts, part) if row else None)
    return await standing(context.reader, team, part, receipt.last, status=201)


async def standing(reader: Reader, team: TeamId, part: PartKind, position: int, *, status: int) -> Response[views.Part]:
    """The last version of a part as of this position."""
    row = await reader.row_from_log(views.ADVICE, team, position)
    assert row is not None, "just written"
    await reader.unseal([row])
    return Response(getattr(row.parts, part), status_code=status, headers={"Kring-Position": str(position)})


async def outdated(context: RequestContext, refusal: Outdated, latest: Struct | None) -> Response[OutdatedProblem]:
    """The refusal as a problem that carries the last version; only members are refused so."""
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


class Draft(NamedTuple):
    """The advice as it stands, and the hash of the document that it makes."""

    version: int
    dissents: dict[PersonId, Words]
    document_hash: Digest


async def drafted(reader: Reader, formed: TeamFormed, named: Sequence[FileId]) -> Draft:
    """The advice as it would be handed over now: with the files that were presented with it, and those that are named."""
    row = await reader.row_from_log(views.ADVICE, formed.team)
    if row is None:
        return Draft(0, {}, document_hash({}))
    found = [await reader.row_from_log(RECOMMENDATIONS, one.recommendation) for one in row.recommendations]
    recommendations = [one for one in found if one is not None]
    await reader.unseal([row, *recommendations])
    presented = [file for one in row.handed_over if one.version == row.version for file in one.files]
    files = [*presented, *await stated(reader, [one for one in named if one not in {file.file for file in presented}])]
    dissents = {one.member: one.text for one in row.verdicts if one.verdict == "dissent" and one.text is not None}
    hashed = document_hash(document(row, recommendations, files, challenge=formed.challenge))
    return Draft(row.version, dissents, hashed)


async def stated(reader: Reader, ids: Sequence[FileId]) -> list[views.StatedFile]:
    """These files with their digests; those that there are."""
    rows = [await reader.row_from_log(FILES, one) for one in ids]
    return [views.StatedFile(one.id, one.sha256) for one in rows if one is not None]


class AdviceOfTeam(Controller):
    path = "/teams/{team:str}"
    tags = ("Advice",)

    @post("/problem-statement")
    async def state_problem(
        self, team: FromPath[TeamId], data: JSONBody[NewProblemStatement], context: NamedDependency[RequestContext]
    ) -> Written:
        """Write the problem statement anew."""
        return await revised(
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
        """Fix the guiding question."""
        return await revised(
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
        """Write the answer."""
        return await revised(
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
        """Write the summary."""
        return await revised(
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
        return await versions(reader, team, "problem_statement", reading)

    @get("/guiding-question")
    async def guiding_questions(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the guiding question, the last one first."""
        return await versions(reader, team, "guiding_question", reading)

    @get("/answer")
    async def answers(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the answer, the last one first."""
        return await versions(reader, team, "answer", reading)

    @get("/summary")
    async def summaries(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> Page[views.Part]:
        """List the versions of the summary, the last one first."""
        return await versions(reader, team, "summary", reading)

    @get("/advice")
    async def advice(
        self, team: FromPath[TeamId], reader: NamedDependency[Reader], reading: NamedDependency[ReadOptions]
    ) -> views.Advice:
        """Show the advice: to its team as it stands, to the commissioner as it was handed over last."""
        return await seen(reader, team, reading)

    @post("/advice/approval")
    async def judge(
        self, team: FromPath[TeamId], data: JSONBody[NewVerdict], context: NamedDependency[RequestContext]
    ) -> Response[views.Advice]:
        """Approve the advice as it stands, or dissent."""
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
        """Explain the advice to the commissioner."""
        formed = (await work_of(context.reader, team)).rights.require_team()
        require_once(data)
        draft = await drafted(context.reader, formed, data.file_ids)
        return await context.execute(
            data,
            lambda by: PresentAdvice(
                team,
                programme=formed.programme,
                to=data.to,
                version=draft.version,
                dissents=draft.dissents,
                document_hash=draft.document_hash,
                files=data.file_ids,
                by=by,
            ),
            views.ADVICE,
            team,
            status=201,
        )

    @post("/advice/delivery")
    async def deliver(
        self, team: FromPath[TeamId], data: JSONBody[Handover], context: NamedDependency[RequestContext]
    ) -> Response[views.Advice]:
        """Hand the presented advice over for good."""
        formed = (await work_of(context.reader, team)).rights.require_team()
        require_once(data)
        draft = await drafted(context.reader, formed, data.file_ids)
        return await context.execute(
            data,
            lambda by: DeliverAdvice(
                team,
                programme=formed.programme,
                to=data.to,
                files=data.file_ids,
                version=draft.version,
                document_hash=draft.document_hash,
                by=by,
            ),
            views.ADVICE,
            team,
            status=201,
        )


def require_once(data: Handover) -> None:
    """Raises `BadText` where somebody or something is named twice."""
    for field in ("to", "file_ids"):
        named = getattr(data, field)
        if len(set(named)) != len(named):
            raise BadText(field, Text(en="names something twice", nl="noemt iets twee keer"))


async def seen(reader: Reader, team: TeamId, reading: ReadOptions) -> views.Advice:
    """The advice as the caller may see it. Raises `NotFound`."""
    row, work = await one_of(reader, views.ADVICE, team, lambda one: one.id, reading)
    shown = as_seen(work, row)
    await reader.unseal([shown])
    return shown


def as_seen(work: Work, row: views.Advice) -> views.Advice:
    """The advice as it stands to its team, as it was handed over to an organisation. Raises `NotFound`."""
    if work.reads_all:
        return row
    if work.for_organisation and row.handed_over:
        return views.as_handed_over(row)
    raise NotFound


async def versions(reader: Reader, team: TeamId, part: PartKind, reading: ReadOptions) -> Page[views.Part]:
    """Every version of a part that the caller may see, the last one first: to who left the team, those that they wrote."""
    row, work = await one_of(reader, views.ADVICE, team, lambda one: one.id, reading)
    left = work.rights.left(team)
    shown = row if left else as_seen(work, row)
    last: views.Part | None = getattr(shown.parts, part)
    all_ = [*([last] if last else []), *(one for one in reversed(shown.earlier) if one.part == part)]
    seen = [one for one in all_ if not left or work.rights.made(one.written_by)]
    await reader.unseal(seen)
    return Page(seen, None)
