"""Writing the parts of an advice: problem, question, answer, summary, in versions with their differences."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, convert

from domain.advice.advice import DraftAnswer, DraftSummary, FixGuidingQuestion, PartKind, ReviseProblemStatement
from domain.foundation import Caller, Command, NotFound, Selector, TeamId, Text, Words
from projections.advice import ADVICE, TEXTS, Advice, Part
from projections.teams import TEAMS
from service.api.http.bodies import Prose, words
from service.api.http.read_parameters import position
from service.pages.advice import DRAFTED, PART_TOPICS, here_of, ids_in, stakeholders_in, stale_parts, writes
from service.pages.frame.forms import Form, fields_of, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.word_differences import Piece, differences
from service.reading.advice import part_versions
from service.reading.options import ReadOptions
from service.reading.team_work import TeamWork, work_of
from service.reading.whole_advice import whole_advice
from service.store.log.types import Receipt

BasedOn = Annotated[
    int, Meta(ge=0, le=1_000_000), labelled("The version with which you began", "De versie waarmee je begon")
]
ONE_PER_LINE = Text(en="One per line.", nl="Eén per regel.")


class PartForm(Form, kw_only=True):
    """The next version of a part."""

    based_on: BasedOn

    def command(self, team: TeamId, by: Caller) -> Command:
        """The command that writes it."""
        raise NotImplementedError


class ProblemForm(PartForm, kw_only=True):
    """The next version of the problem statement."""

    text: Annotated[Prose, labelled("What the problem is", "Wat het probleem is")]
    patterns: Annotated[Prose, labelled("Patterns", "Patronen", ONE_PER_LINE)] | None = None
    causes: Annotated[Prose, labelled("Causes", "Oorzaken", ONE_PER_LINE)] | None = None
    values: Annotated[Prose, labelled("Values", "Waarden", ONE_PER_LINE)] | None = None

    def command(self, team: TeamId, by: Caller) -> Command:
        """The command that writes it."""
        return ReviseProblemStatement(
            team,
            text=Words(self.text),
            patterns=words(self.patterns),
            causes=words(self.causes),
            values=words(self.values),
            based_on=self.based_on,
            by=by,
        )


class QuestionForm(PartForm, kw_only=True):
    """The next version of the guiding question."""

    text: Annotated[
        Prose,
        labelled(
            "The question that you answer",
            "De vraag die jullie beantwoorden",
            Text(en="In one sentence.", nl="In één zin."),
        ),
    ]

    def command(self, team: TeamId, by: Caller) -> Command:
        """The command that writes it."""
        return FixGuidingQuestion(team, text=Words(self.text), based_on=self.based_on, by=by)


class AnswerForm(PartForm, kw_only=True):
    """The next version of the answer."""

    text: Annotated[Prose, labelled("Your answer", "Jullie antwoord")]

    def command(self, team: TeamId, by: Caller) -> Command:
        """The command that writes it."""
        return DraftAnswer(team, text=Words(self.text), based_on=self.based_on, by=by)


class SummaryForm(PartForm, kw_only=True):
    """The next version of the summary."""

    summary: Annotated[
        Prose,
        labelled(
            "Summary",
            "Samenvatting",
            Text(
                en="Three to five sentences: the advice opens with them.",
                nl="Drie tot vijf zinnen: daarmee begint het advies.",
            ),
        ),
    ]
    method: Annotated[
        Prose, labelled("How you worked", "Hoe jullie te werk gingen", Text(en="And with whom.", nl="En met wie."))
    ]

    def command(self, team: TeamId, by: Caller) -> Command:
        """The command that writes it."""
        return DraftSummary(team, summary=Words(self.summary), method=Words(self.method), based_on=self.based_on, by=by)


class ConfirmationForm(Form):
    """A part or recommendation that still holds, although what it is based on was revised."""

    based_on: BasedOn


class PartPage(NamedTuple):
    """A part, and the form that writes it."""

    kind: PartKind
    form: type[PartForm]


PARTS: Mapping[str, PartPage] = {
    "problem-statement": PartPage("problem_statement", ProblemForm),
    "guiding-question": PartPage("guiding_question", QuestionForm),
    "answer": PartPage("answer", AnswerForm),
    "summary": PartPage("summary", SummaryForm),
}
"""The parts in the order of rule 16, by the last part of the address of their page."""


class Changed(NamedTuple):
    """A text of a part with its differences. `name`: that of its field."""

    name: str
    pieces: list[Piece]


class AdvicePartPages(Controller):
    """Pages on which an advice is written."""

    path = "/teams/{team:str}/advice"

    @get("/edit")
    async def edit(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the parts of an advice, with what each needs."""
        return await show_parts(visit, team)

    @get("/{slug:str}")
    async def show(self, visit: NamedDependency[Visit], team: FromPath[TeamId], slug: FromPath[str]) -> Response[Any]:
        """Show a part with its versions: `?from=` and `&to=` name two of them to compare."""
        return await self._show(visit, team, slug)

    @post("/{slug:str}")
    async def write(self, visit: NamedDependency[Visit], team: FromPath[TeamId], slug: FromPath[str]) -> Response[Any]:
        """Write the next version of a part."""
        part = part_named(slug)
        return await visit.submit(
            part.form,
            lambda form, by, _: form.command(team, by),
            then=f"/teams/{team}/advice/{slug}",
            again=lambda: self._show(visit, team, slug),
        )

    @post("/{slug:str}/confirmation")
    async def confirm(
        self, visit: NamedDependency[Visit], team: FromPath[TeamId], slug: FromPath[str]
    ) -> Response[Any]:
        """Say that a part still holds: its texts become a version that is based on the present ones."""
        part = part_named(slug)

        async def perform(form: ConfirmationForm, attempt: Attempt) -> Receipt:
            row = await visit.reader.existing_row(ADVICE, team)
            now = part_of(row, part.kind)
            if now is None:
                raise NotFound
            await visit.reader.unseal([now])
            again = convert({"based_on": form.based_on, **texts_of(now, part)}, part.form)
            return await attempt.execute(lambda: again.command(team, attempt.by))

        return await visit.perform(
            ConfirmationForm,
            perform,
            name=f"confirm-{slug}",
            then=f"/teams/{team}/advice/edit",
            again=lambda: show_parts(visit, team, failed=True),
        )

    async def _show(self, visit: Visit, team: TeamId, slug: str) -> Response[Any]:
        part = part_named(slug)
        state = visit.form(part.form)
        reading = await now_if_failed(visit, failed=state.failed)
        work = await work_of(visit.reader, team, reading)
        row = await visit.reader.row(TEAMS, team, reading)
        if row is None:
            raise NotFound
        versions = await versions_of(visit, work, part.kind, reading)
        latest = versions[0] if versions else None
        stamps = await visit.stamps(Selector(types=DRAFTED, tags=[team]))
        names = await visit.names([team, *(one.written_by for one in versions)])
        began_with = number_in(state.entered.get("based_on", ())) if "based_on" in state.errors else None
        return visit.page(
            "advice/part.html",
            here=here_of(visit),
            has_past=True,
            shown_at=await visit.reader.time_of(reading),
            live=team,
            sub="advice",
            team=row,
            slug=slug,
            part=part.kind,
            fields_of_part=[one for one in fields_of(part.form) if one != "based_on"],
            form=state,
            confirmation=visit.form(ConfirmationForm, f"confirm-{slug}"),
            versions=versions,
            latest=latest,
            began_with=began_with,
            since=None if began_with is None else compare(part, versions, began_with, None),
            compared=compared(visit, part, versions),
            writes=writes(work, visit),
            names=names,
            stamps=stamps,
            topic=PART_TOPICS[part.kind],
        )


async def show_parts(visit: Visit, team: TeamId, *, failed: bool = False) -> Response[Any]:
    """Show the parts and recommendations of an advice in order, each with its state. `failed`: a form on it was refused."""
    reading = await now_if_failed(visit, failed=failed)
    whole = await whole_advice(visit.reader, team, reading)
    row = await visit.reader.row(TEAMS, team, reading)
    if row is None or not whole.work.reads_all:
        raise NotFound
    stamps = await visit.stamps(Selector(types=DRAFTED, tags=[team]))
    names = await visit.names([*stamps.actors(), *ids_in(whole, row)])
    parts = [
        (slug, one.kind, part_of(whole.advice, one.kind), visit.form(ConfirmationForm, f"confirm-{slug}"))
        for slug, one in PARTS.items()
    ]
    return visit.page(
        "advice/edit.html",
        here=here_of(visit),
        has_past=True,
        shown_at=await visit.reader.time_of(reading),
        live=team,
        sub="advice",
        team=row,
        whole=whole,
        parts_of_advice=parts,
        confirmations={one.id: visit.form(ConfirmationForm, f"confirm-{one.id}") for one in whole.recommendations},
        stakeholders=stakeholders_in(whole),
        stale=stale_parts(whole.advice, whole.recommendations),
        writes=writes(whole.work, visit),
        names=names,
        stamps=stamps,
        part_topics=PART_TOPICS,
    )


def part_named(slug: str) -> PartPage:
    """The part at this address. Raises `NotFound`."""
    found = PARTS.get(slug)
    if found is None:
        raise NotFound
    return found


def part_of(advice: Advice | None, kind: str) -> Part | None:
    """The present version of a part."""
    return None if advice is None else getattr(advice.parts, kind)


async def now_if_failed(visit: Visit, *, failed: bool) -> ReadOptions:
    """The options for reading a page: after a refusal, up to everything that may have caused it."""
    return ReadOptions(await visit.kring.log.head()) if failed else visit.reading


async def versions_of(visit: Visit, work: TeamWork, kind: PartKind, reading: ReadOptions) -> Sequence[Part]:
    """The versions of a part that the visitor may see, the last one first. Raises `NotFound` if they may see none."""
    try:
        return (await part_versions(visit.reader, work.rights.team, kind, reading)).items
    except NotFound:
        if work.reads_all:
            return []
        raise


def texts_of(version: Part, part: PartPage) -> dict[str, str]:
    """The texts of a version, by the field of its form."""
    found = {name: getattr(version, name) for name in TEXTS if name in fields_of(part.form)}
    return {name: one.text or "…" for name, one in found.items() if one is not None}


def compared(visit: Visit, part: PartPage, versions: Sequence[Part]) -> tuple[int, int, list[Changed]] | None:
    """The two versions that the address names, else the last two, with their differences; None if there are no two."""
    numbers = sorted(one.version for one in versions)
    if len(numbers) < 2:  # noqa: PLR2004  two versions
        return None
    query = visit.request.query_params
    before = position(query.get("from", "")) or numbers[-2]
    after = position(query.get("to", "")) or numbers[-1]
    return before, after, compare(part, versions, before, after)


def compare(part: PartPage, versions: Sequence[Part], before: int, after: int | None) -> list[Changed]:
    """The differences between two versions, by field. `after` None: the last one. A version that is not shown is empty."""
    by_number = {one.version: texts_of(one, part) for one in versions}
    old = by_number.get(before, {})
    new = by_number.get(max(by_number, default=0) if after is None else after, {})
    fields = [one for one in fields_of(part.form) if one in old or one in new]
    return [Changed(one, differences(old.get(one, ""), new.get(one, ""))) for one in fields]


def number_in(entered: Sequence[str]) -> int | None:
    """The number in a hidden field."""
    return position(next(iter(entered), ""))
