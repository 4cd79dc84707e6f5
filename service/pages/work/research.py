"""A CoP's research: an overview, and its sources, interviews and insights, each with a page of its own."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, get_args

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from domain.events.files import FileAttached
from domain.events.research import (
    ConsentGiven,
    ConsentWithdrawn,
    InsightShared,
    InterviewHeld,
    InterviewPlanned,
    Scope,
    Sector,
    SourceLogged,
)
from domain.foundation import (
    AnyId,
    InsightId,
    InterviewId,
    Personal,
    Refusal,
    Selector,
    SourceId,
    TeamId,
    Text,
    Words,
)
from domain.research.consent import SetConsent
from domain.research.research import HoldInterview, LogSource, PlanInterview, ShareInsight
from projections import research as views
from projections.trips import Item
from service.api.http.bodies import Prose, Title
from service.api.research.research import csl_text
from service.pages.frame.forms import Form, labelled
from service.pages.frame.visit import Visit
from service.pages.work.bibliography import Reference, doi_of, names_of, reference_of, safe_url
from service.pages.work.team_work import OpenTeam, add_comment, discussion_of, discussion_selector, open_team, share
from service.reading.files import files_of
from service.reading.options import ListOptions
from service.reading.research import (
    MAX_SHOWN,
    page_of_interviews,
    page_of_research,
    source,
    trips_of,
    visible_interview,
)
from service.reading.team_work import own_or_shared

MAX_IN_LIST, MAX_LATEST = 25, 4
"""Things on one page of a list, and the latest of each kind in the overview."""
MAX_TO_CHOOSE = 60
"""Things of each kind that an insight can be about, in the list to choose from."""
Year = Annotated[int, Meta(ge=1000, le=2100)]
Kind = Literal[
    "report", "article-journal", "book", "chapter", "article-newspaper", "webpage", "thesis", "dataset", "document"
]
"""The kinds of sources to choose from (types of CSL 1.0.2)."""
Allowed = Literal["background", "anonymous_quote", "named_quote", "withdrawn"]

# Refusals


class NoWebAddress(Refusal):
    """The address of a source leads to a page on the web."""

    CODE = "no-web-address"
    STATUS = 422
    TEXT = Text(
        en="An address on the web begins with https:// or http://.", nl="Een webadres begint met https:// of http://."
    )


class NoDoi(Refusal):
    """A DOI has a prefix and a suffix."""

    CODE = "no-doi"
    STATUS = 422
    TEXT = Text(
        en="A DOI looks like 10.1000/182, alone or after https://doi.org/.",
        nl="Een DOI ziet eruit als 10.1000/182, los of achter https://doi.org/.",
    )


# Forms

ONE_PER_LINE = Text(
    en="One on each line: family name, given name; or an organisation.",
    nl="Eén per regel: achternaam, voornaam; of een organisatie.",
)
PUBLISHED_IN = Text(en="Journal, newspaper, book or publisher.", nl="Tijdschrift, krant, boek of uitgever.")
USE = Text(en="What is in it for you?", nl="Wat hebben jullie eraan?")
MAYBE_PAST = Text(en="It may be in the past.", nl="Mag in het verleden liggen.")


class NewSource(Form):
    """A source to log."""

    kind: Annotated[Kind, labelled("Kind", "Soort")]
    title: Annotated[Title, labelled("Title", "Titel")]
    authors: Annotated[Prose, labelled("Authors", "Auteurs", ONE_PER_LINE)] | None = None
    year: Annotated[Year, labelled("Year", "Jaar")] | None = None
    within: Annotated[Title, labelled("Where it appeared", "Waarin het verscheen", PUBLISHED_IN)] | None = None
    doi: Annotated[Title, labelled("DOI", "DOI")] | None = None
    url: Annotated[str, Meta(max_length=2000), labelled("Address on the web", "Webadres")] | None = None
    note: Annotated[Prose, labelled("Note", "Notitie", USE)] | None = None


class NewInterview(Form):
    """An interview to plan."""

    who: Annotated[Title, labelled("With whom", "Met wie")]
    role: Annotated[Title, labelled("Their role", "Rol")]
    sector: Annotated[Sector, labelled("Sector", "Sector")]
    on: Annotated[date, labelled("On which day", "Op welke dag", MAYBE_PAST)] | None = None


class Findings(Form):
    """The findings of an interview."""

    findings: Annotated[Prose, labelled("What you heard", "Wat jullie hoorden")]


class Consent(Form):
    """The consent of the person interviewed."""

    scope: Annotated[Allowed, labelled("They allow", "De geïnterviewde vindt goed")]


class NewInsight(Form):
    """An insight to share with the CoP."""

    text: Annotated[Prose, labelled("What did you see or understand?", "Wat zag of begreep je?")]
    about: Annotated[AnyId, labelled("About what", "Waarover")] | None = None


class Choice(NamedTuple):
    """A thing that an insight can be about."""

    id: str
    name: str


class ReadSource(NamedTuple):
    """A source with its reference."""

    id: str
    row: views.Source
    reference: Reference


class ResearchPages(Controller):
    """Pages about research."""

    path = "/"

    @get("/teams/{team:str}/research")
    async def overview(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show an overview of a CoP's research."""
        return await show_overview(visit, team)

    # Sources

    @get("/teams/{team:str}/sources")
    async def sources(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """List a CoP's sources."""
        return await show_sources(visit, team)

    @post("/teams/{team:str}/sources")
    async def log_source(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Log a source."""
        return await visit.submit(
            NewSource,
            lambda form, by, new: LogSource(new, team=team, csl=csl_text(csl_of(form)), by=by),
            creates="source",
            then=f"/teams/{team}/sources",
            again=lambda: show_sources(visit, team),
        )

    @get("/sources/{thing:str}")
    async def source(self, visit: NamedDependency[Visit], thing: FromPath[SourceId]) -> Response[Any]:
        """Show a source."""
        return await show_source(visit, thing)

    @post("/sources/{thing:str}/comments")
    async def comment_on_source(self, visit: NamedDependency[Visit], thing: FromPath[SourceId]) -> Response[Any]:
        """Comment on a source."""
        return await add_comment(visit, thing, f"/sources/{thing}", team_of_source, show_source)

    @post("/sources/{thing:str}/shares")
    async def share_source(self, visit: NamedDependency[Visit], thing: FromPath[SourceId]) -> Response[Any]:
        """Share a source."""
        return await share(visit, thing, f"/sources/{thing}", team_of_source, show_source)

    # Interviews

    @get("/teams/{team:str}/interviews")
    async def interviews(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """List a CoP's interviews."""
        return await show_interviews(visit, team)

    @post("/teams/{team:str}/interviews")
    async def plan(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Plan an interview."""
        return await visit.submit(
            NewInterview,
            lambda form, by, new: PlanInterview(
                new, team=team, who=Personal(form.who), role=Words(form.role), sector=form.sector, on=form.on, by=by
            ),
            creates="interview",
            then=lambda receipt: f"/interviews/{receipt.resource_id}",
            again=lambda: show_interviews(visit, team),
        )

    @get("/interviews/{thing:str}")
    async def interview(self, visit: NamedDependency[Visit], thing: FromPath[InterviewId]) -> Response[Any]:
        """Show an interview, outside the CoP as far as its consent allows."""
        return await show_interview(visit, thing)

    @post("/interviews/{thing:str}/holding")
    async def hold(self, visit: NamedDependency[Visit], thing: FromPath[InterviewId]) -> Response[Any]:
        """Record the findings of an interview."""
        return await visit.submit(
            Findings,
            lambda form, by, _: HoldInterview(thing, findings=Words(form.findings), by=by),
            then=f"/interviews/{thing}",
            again=lambda: show_interview(visit, thing),
        )

    @post("/interviews/{thing:str}/consent")
    async def consent(self, visit: NamedDependency[Visit], thing: FromPath[InterviewId]) -> Response[Any]:
        """Record the consent to use an interview, or its withdrawal."""
        return await visit.submit(
            Consent,
            lambda form, by, _: SetConsent(thing, scope=scope_of(form), by=by),
            then=f"/interviews/{thing}",
            again=lambda: show_interview(visit, thing),
        )

    @post("/interviews/{thing:str}/comments")
    async def comment_on_interview(self, visit: NamedDependency[Visit], thing: FromPath[InterviewId]) -> Response[Any]:
        """Comment on an interview."""
        return await add_comment(visit, thing, f"/interviews/{thing}", team_of_interview, show_interview)

    @post("/interviews/{thing:str}/shares")
    async def share_interview(self, visit: NamedDependency[Visit], thing: FromPath[InterviewId]) -> Response[Any]:
        """Share an interview."""
        return await share(visit, thing, f"/interviews/{thing}", team_of_interview, show_interview)

    # Insights

    @get("/teams/{team:str}/insights")
    async def insights(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """List a CoP's insights."""
        return await show_insights(visit, team)

    @post("/teams/{team:str}/insights")
    async def share_with_team(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Share an insight with the CoP."""
        return await visit.submit(
            NewInsight,
            lambda form, by, new: ShareInsight(new, team=team, text=Words(form.text), about=form.about, by=by),
            creates="insight",
            then=f"/teams/{team}/insights",
            again=lambda: show_insights(visit, team),
        )

    @get("/insights/{thing:str}")
    async def insight(self, visit: NamedDependency[Visit], thing: FromPath[InsightId]) -> Response[Any]:
        """Show an insight."""
        return await show_insight(visit, thing)

    @post("/insights/{thing:str}/comments")
    async def comment_on_insight(self, visit: NamedDependency[Visit], thing: FromPath[InsightId]) -> Response[Any]:
        """Comment on an insight."""
        return await add_comment(visit, thing, f"/insights/{thing}", team_of_insight, show_insight)

    @post("/insights/{thing:str}/shares")
    async def share_insight(self, visit: NamedDependency[Visit], thing: FromPath[InsightId]) -> Response[Any]:
        """Share an insight outside the CoP."""
        return await share(visit, thing, f"/insights/{thing}", team_of_insight, show_insight)


def csl_of(form: NewSource) -> dict[str, Any]:
    """The source as a CSL-JSON item. Raises `NoDoi`, `NoWebAddress`."""
    doi, url = doi_of(form.doi or ""), safe_url(form.url or "")
    if form.doi and not doi:
        raise NoDoi(field="doi")
    if form.url and url is None:
        raise NoWebAddress(field="url")
    container = "container-title" if form.kind in {"article-journal", "article-newspaper", "chapter"} else "publisher"
    csl: dict[str, Any] = {
        "type": form.kind,
        "title": form.title,
        "author": names_of(form.authors or ""),
        "issued": None if form.year is None else {"date-parts": [[form.year]]},
        container: form.within,
        "DOI": doi,
        "URL": url,
        "note": form.note,
    }
    return {name: one for name, one in csl.items() if one}


def scope_of(form: Consent) -> Scope | None:
    """The scope of a consent; None: it is withdrawn."""
    return None if form.scope == "withdrawn" else form.scope


# Pages


async def show_overview(visit: Visit, team: TeamId) -> Response[Any]:
    """The page of a CoP's research: how much there is of each kind, and the latest. Raises `NotFound`."""
    opened = await open_team(visit, team)
    work, all_of_it = opened.work, ListOptions("", MAX_SHOWN, *visit.reading)
    sources = await page_of_research(work, views.SOURCES, views.SOURCES_OF_TEAM, all_of_it)
    interviews = await page_of_interviews(work, all_of_it)
    insights = await page_of_research(work, views.INSIGHTS, views.INSIGHTS_OF_TEAM, all_of_it)
    files = await files_of(visit.reader, work, all_of_it)
    trips = await trips_of(visit.reader, team, all_of_it) if work.reads_all else []
    types = [SourceLogged, InterviewPlanned, InterviewHeld, InsightShared, FileAttached]
    stamps = await visit.stamps(Selector(types=types, tags=[team]))
    visits: list[tuple[Item, str]] = [(item, trip.id) for trip in trips for item in trip.itinerary]
    return opened.page(
        "research/overview.html",
        "research",
        sources=[read_source(one) for one in sources.items[-MAX_LATEST:]],
        interviews=interviews.items[-MAX_LATEST:],
        insights=insights.items[-MAX_LATEST:],
        files=files.items[-MAX_LATEST:],
        visits=visits[:MAX_IN_LIST],
        counts={
            "sources": len(sources.items),
            "interviews": len(interviews.items),
            "held": sum(one.status == "held" for one in interviews.items),
            "insights": len(insights.items),
            "visits": len(visits),
            "files": len(files.items),
        },
        held=Counter(one.sector for one in interviews.items if one.status == "held").most_common(),
        stamps=stamps,
        names=await visit.names({team, *stamps.actors()}),
    )


async def show_sources(visit: Visit, team: TeamId) -> Response[Any]:
    """The list of sources. Raises `NotFound`."""
    opened = await open_team(visit, team)
    found = await page_of_research(opened.work, views.SOURCES, views.SOURCES_OF_TEAM, opened.listing(MAX_IN_LIST))
    stamps = await visit.stamps(Selector(types=[SourceLogged], tags=[team]))
    return opened.page(
        "research/sources.html",
        "research",
        sources=[read_source(one) for one in found.items],
        following=found.next,
        stamps=stamps,
        names=await visit.names({team, *stamps.actors()}),
        form=visit.form(NewSource),
        kinds=get_args(Kind),
    )


async def show_source(visit: Visit, thing: SourceId) -> Response[Any]:
    """The page of a source. Raises `NotFound`."""
    row = await visible_source(visit, thing)
    await visit.reader.unseal([row])
    opened = await open_team(visit, row.team)
    return await _thing_page(opened, "research/source.html", row, [SourceLogged], read=read_source(row))


async def show_interviews(visit: Visit, team: TeamId) -> Response[Any]:
    """The list of interviews. Raises `NotFound`."""
    opened = await open_team(visit, team)
    found = await page_of_interviews(opened.work, opened.listing(MAX_IN_LIST))
    stamps = await visit.stamps(Selector(types=[InterviewPlanned, InterviewHeld], tags=[team]))
    return opened.page(
        "research/interviews.html",
        "research",
        interviews=found.items,
        following=found.next,
        stamps=stamps,
        names=await visit.names({team, *stamps.actors()}),
        form=visit.form(NewInterview),
        sectors=get_args(Sector),
    )


async def show_interview(visit: Visit, thing: InterviewId) -> Response[Any]:
    """The page of an interview. Raises `NotFound`."""
    row = await visible_interview(visit.reader, thing, visit.reading)
    await visit.reader.unseal([row])
    opened = await open_team(visit, row.team)
    types = [InterviewPlanned, InterviewHeld, ConsentGiven, ConsentWithdrawn]
    return await _thing_page(
        opened,
        "research/interview.html",
        row,
        types,
        holding=visit.form(Findings),
        consent=visit.form(Consent),
        scopes=get_args(Allowed),
    )


async def show_insights(visit: Visit, team: TeamId) -> Response[Any]:
    """The list of insights. Raises `NotFound`."""
    opened = await open_team(visit, team)
    found = await page_of_research(opened.work, views.INSIGHTS, views.INSIGHTS_OF_TEAM, opened.listing(MAX_IN_LIST))
    choices = await _choices(opened) if opened.writes else []
    stamps = await visit.stamps(Selector(types=[InsightShared], tags=[team]))
    about = visit.request.query_params.get("about", "")
    return opened.page(
        "research/insights.html",
        "research",
        insights=found.items,
        following=found.next,
        choices=choices,
        about=about,
        about_names=dict(choices),
        stamps=stamps,
        names=await visit.names({team, *stamps.actors(), *(one.author for one in found.items)}),
        form=visit.form(NewInsight),
    )


async def show_insight(visit: Visit, thing: InsightId) -> Response[Any]:
    """The page of an insight. Raises `NotFound`."""
    row = await visible_insight(visit, thing)
    await visit.reader.unseal([row])
    return await _thing_page(await open_team(visit, row.team), "research/insight.html", row, [InsightShared])


async def _thing_page(
    opened: OpenTeam,
    template: str,
    row: views.Source | views.Interview | views.Insight,
    types: Sequence[type[Any]],
    **values: Any,
) -> Response[Any]:
    """The page of a thing, with the insights about it, the comments on it and with whom it is shared."""
    visit, work = opened.visit, opened.work
    discussion = await discussion_of(opened, row.id, row.shared_with)
    scope = (row.team, work.reads_all, work.shared, work.rights.author, row.id)
    insights = await work.page(views.INSIGHTS, views.INSIGHTS_ABOUT, *scope, listing=opened.listing(MAX_IN_LIST, ""))
    await visit.reader.unseal(insights.items)
    stamps = await visit.stamps(Selector(types=list(types), tags=[row.id]), discussion_selector(row.id))
    names = {row.team, *stamps.actors(), *discussion.people, *(one.author for one in insights.items)}
    return opened.page(
        template,
        "research",
        thing=row,
        insights=insights.items,
        discussion=discussion,
        stamps=stamps,
        names=await visit.names(names),
        **values,
    )


# Reads


def read_source(row: views.Source) -> ReadSource:
    """A source, unsealed, with its reference."""
    return ReadSource(row.id, row, reference_of(source(row).csl))


async def visible_source(visit: Visit, thing: SourceId) -> views.Source:
    """A source that the visitor may see, sealed. Raises `NotFound`."""
    row, _ = await own_or_shared(
        visit.reader, views.SOURCES, thing, lambda one: (one.team, one.logged_by), visit.reading
    )
    return row


async def visible_insight(visit: Visit, thing: InsightId) -> views.Insight:
    """An insight that the visitor may see, sealed. Raises `NotFound`."""
    row, _ = await own_or_shared(visit.reader, views.INSIGHTS, thing, lambda one: (one.team, one.author), visit.reading)
    return row


async def team_of_source(visit: Visit, thing: SourceId) -> TeamId:
    """The CoP of a source. Raises `NotFound`."""
    return (await visible_source(visit, thing)).team


async def team_of_interview(visit: Visit, thing: InterviewId) -> TeamId:
    """The CoP of an interview. Raises `NotFound`."""
    return (await visible_interview(visit.reader, thing, visit.reading)).team


async def team_of_insight(visit: Visit, thing: InsightId) -> TeamId:
    """The CoP of an insight. Raises `NotFound`."""
    return (await visible_insight(visit, thing)).team


async def _choices(opened: OpenTeam) -> list[Choice]:
    """The sources, interviews and stakeholders that an insight of the CoP can be about."""
    listing = opened.listing(MAX_TO_CHOOSE, "")
    sources = await page_of_research(opened.work, views.SOURCES, views.SOURCES_OF_TEAM, listing)
    interviews = await page_of_interviews(opened.work, listing)
    people = await page_of_research(opened.work, views.STAKEHOLDERS, views.STAKEHOLDERS_OF_TEAM, listing)
    named = (
        *((one.id, read_source(one).reference.title) for one in sources.items),
        *((one.id, None if one.who is None else one.who.text) for one in interviews.items),
        *((one.id, one.name.text) for one in people.items),
    )
    return [Choice(id_, name or "…") for id_, name in named]
