"""Importing sources from a reference manager: what is in a file is shown first, and logged once somebody says so."""

from collections.abc import Sequence
from html import escape
from typing import Annotated, Any, NamedTuple

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.foundation import NotAllowed, Refusal, SourceId, TeamId, Text
from domain.research.importing import LogSources
from projections.research import SOURCES, SOURCES_OF_TEAM
from service.api.http.bodies import check
from service.api.research.research import NewSource, csl_text
from service.clock_and_ids import new_id
from service.pages.frame.forms import Entered, Form, labelled
from service.pages.frame.visit import Attempt, Visit
from service.pages.work.bibliography import Csl, Reference, identity_of, reference_of
from service.pages.work.citations import Entry, NoCitations, entries_of
from service.pages.work.team_work import OpenTeam, open_team
from service.reading.options import BadText
from service.reading.research import page_of_research, source
from service.store.log.types import Receipt

MAX_IMPORT_BYTES = 600_000
MAX_NEW = 50
"""New sources that are shown and logged at once."""
MAX_NEW_CHARACTERS = 24_000
"""Characters of the page for new sources, with their CSL-JSON; those that do not fit come in a next import."""
MAX_WRONG, MAX_KNOWN = 25, 25
"""Entries of which it is said what is wrong with them, and entries that are named as logged before."""
MARKUP_CHARACTERS = 250
"""Characters that a source takes of the page beside its texts."""
PAGE, MAX_PAGES = 500, 20
"""Sources read at once, and pages read, of those that were logged before."""
EXPORTED = Text(
    en="Export it as RIS, BibTeX or CSL-JSON. At most 600 kB.",
    nl="Exporteer als RIS, BibTeX of CSL-JSON. Hooguit 600 kB.",
)


class References(Form):
    """References to look at. `file` is read apart: it is no text."""

    text: Annotated[str, labelled("Or paste them", "Of plak ze hier")] | None = None
    file: Annotated[str, labelled("File", "Bestand", EXPORTED)] | None = None


class Chosen(Form):
    """The sources to log, each as a CSL-JSON item."""

    item: Annotated[list[str], labelled("Sources", "Bronnen")] = msgspec.field(default_factory=list[str])


class Candidate(NamedTuple):
    """A source in a file that is not logged yet. `item`: its CSL-JSON."""

    item: str
    reference: Reference


class Preview(NamedTuple):
    """The contents of a file. `known`: entries that are logged already, or came before; `later`: new ones beyond the limit."""

    new: Sequence[Candidate]
    known: Sequence[Reference]
    wrong: Sequence[tuple[str, Text]]
    later: int


class ImportPages(Controller):
    """Pages that import sources."""

    path = "/teams/{team:str}/sources/import"

    @get()
    async def start(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the form for a file or a text."""
        return await show_import(visit, team)

    @post(request_max_body_size=MAX_IMPORT_BYTES)
    async def look(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the references of a file or a text, without logging any."""
        entered = await visit.entered()
        if visit.session is None or not visit.has_token(entered):
            return visit.keep(entered)
        await visit.checked()
        text = await file_text(visit) or visit.one(entered, "text")
        try:
            return await show_import(visit, team, entries_of(text))
        except NoCitations as refusal:
            return await again(visit, team, entered, refusal)

    @post("/chosen", request_max_body_size=MAX_IMPORT_BYTES * 3)
    async def log(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Log the sources that were chosen of a file, except those that are logged already."""
        entered = await visit.entered()
        return await visit.perform(
            Chosen,
            lambda form, attempt: log_chosen(visit, team, form, attempt),
            then=f"/teams/{team}/sources",
            again=lambda: show_import(visit, team, [entry_of(one) for one in entered.get("item", ())]),
        )


async def log_chosen(visit: Visit, team: TeamId, form: Chosen, attempt: Attempt) -> Receipt:
    """Log the new ones of these sources. Raises `BadText` and the refusals of `LogSources`."""
    if len(form.item) > MAX_NEW:
        raise BadText("item", Text(en="are more than can be logged at once", nl="zijn er te veel voor één keer"))
    items = [csl_of(one) for one in form.item]
    logged = await logged_sources(await open_team(visit, team))
    new = {identity_of(one): one for one in items if identity_of(one) not in logged}
    sources = {SourceId(new_id("source")): csl_text(dict(one)) for one in new.values()}
    known = [id_ for ids in logged.values() for id_ in ids]
    return await attempt.execute(lambda: LogSources(sources, team=team, known=known, by=attempt.by))


def csl_of(text: str) -> Csl:
    """A CSL-JSON item as the page wrote it. Raises `BadText`."""
    try:
        csl = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise BadText("item", Text(en="is no CSL-JSON item", nl="is geen CSL-JSON-item")) from None
    check(NewSource(csl=csl))
    return csl


def entry_of(text: str) -> Entry:
    """A chosen source as an entry, for showing it again."""
    try:
        return Entry("…", dict(csl_of(text)))
    except Refusal as refusal:
        wrong = refusal.values.get("wrong")
        return Entry("…", None, wrong if isinstance(wrong, Text) else refusal.TEXT)


async def logged_sources(opened: OpenTeam) -> dict[str, list[SourceId]]:
    """The ids of the sources of a CoP, by what they are about."""
    found, cursor = dict[str, list[SourceId]](), ""
    for _ in range(MAX_PAGES):
        page = await page_of_research(opened.work, SOURCES, SOURCES_OF_TEAM, opened.listing(PAGE, cursor))
        for one in page.items:
            csl = source(one).csl
            found.setdefault("" if csl is None else identity_of(csl), []).append(one.id)
        if page.next is None:
            break
        cursor = page.next
    return found


def preview_of(entries: Sequence[Entry], logged: dict[str, list[SourceId]]) -> Preview:
    """The new, known and wrong ones of these entries."""
    new, known, seen = list[Candidate](), list[Reference](), {*logged}
    wrong = [(one.label, one.wrong) for one in entries if one.wrong is not None]
    later = length = 0
    for csl in (one.csl for one in entries if one.csl is not None):
        try:
            check(NewSource(csl=csl))
            item = csl_text(csl).text or ""
        except Refusal as refusal:
            said = refusal.values.get("wrong")
            wrong.append((str(csl.get("title")), said if isinstance(said, Text) else refusal.TEXT))
            continue
        identity, reference = identity_of(csl), reference_of(csl)
        if identity in seen:
            known.append(reference)
        elif later or len(new) == MAX_NEW or (new and length + weight_of(item) > MAX_NEW_CHARACTERS):
            later += 1
        else:
            length += weight_of(item)
            seen.add(identity)
            new.append(Candidate(item, reference))
    return Preview(new, known, wrong[:MAX_WRONG], later)


def weight_of(item: str) -> int:
    """The length of a source on the page: in its field, where characters are escaped, and in words."""
    return len(escape(item)) + len(item) + MARKUP_CHARACTERS


async def file_text(visit: Visit) -> str:
    """The text of the file that was sent, or nothing. Old programs write Windows-1252."""
    sent = (await visit.request.form()).get("file")
    if not isinstance(sent, UploadFile):
        return ""
    octets = await sent.read()
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


async def again(visit: Visit, team: TeamId, entered: Entered, refusal: Refusal) -> Response[Any]:
    """The form again, with what was pasted."""
    state = visit.form(References)
    state.entered = entered
    state.refuse(refusal)
    answer = await show_import(visit, team)
    answer.status_code = refusal.STATUS
    return answer


async def show_import(visit: Visit, team: TeamId, entries: Sequence[Entry] = ()) -> Response[Any]:
    """The page of an import, for those who may log sources. Raises `NotFound`, `NotAllowed`."""
    opened = await open_team(visit, team)
    if not opened.writes:
        raise NotAllowed
    preview = preview_of(entries, await logged_sources(opened)) if entries else None
    return opened.page(
        "research/import.html",
        "research",
        preview=preview,
        names=await visit.names({team}),
        form=visit.form(References),
        chosen=visit.form(Chosen),
        max_known=MAX_KNOWN,
    )
