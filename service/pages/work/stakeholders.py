"""The stakeholder map of a CoP: who has power and interest, where they stand, and the talks with them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from domain.events.stakeholders import Degree, StakeholderIdentified, StakeholderPlaced, Stance, TalkHeld
from domain.foundation import NotFound, Personal, Selector, StakeholderId, TalkId, TeamId, Text, Words
from domain.research.stakeholders import HoldTalk, IdentifyStakeholder, PlaceStakeholder
from projections.research import STAKEHOLDERS, STAKEHOLDERS_OF_TEAM
from service.api.http.bodies import Prose, Title, words
from service.pages.frame.forms import Form, labelled
from service.pages.frame.stamps import Stamp, Stamps
from service.pages.frame.visit import Visit
from service.pages.work.stakeholder_map import change_of, marks_of
from service.pages.work.team_work import add_comment, discussion_of, discussion_selector, open_team, share
from service.reading.research import page_of_research, visible_stakeholder

MAX_SHOWN = 40
"""Stakeholders on one map: more of them cannot be told apart."""
MAX_MOMENTS = 6
"""Earlier moments of the map to choose from."""
PLACED = StakeholderPlaced.TOPIC
FROM_1_TO_5 = Text(en="From 1, very little, to 5, very much.", nl="Van 1, heel weinig, tot 5, heel veel.")


class NewStakeholder(Form):
    """A stakeholder to put on the map."""

    name: Annotated[
        Title, labelled("Who", "Wie", Text(en="A person, a role or a group.", nl="Een persoon, rol of groep."))
    ]
    organisation: Annotated[Title, labelled("Of which organisation", "Van welke organisatie")] | None = None


class NewPlacement(Form):
    """The position of a stakeholder as it is now, and as the CoP would like it."""

    power: Annotated[Degree, labelled("Power", "Invloed", FROM_1_TO_5)]
    interest: Annotated[Degree, labelled("Interest", "Belang", FROM_1_TO_5)]
    stance: Annotated[Stance, labelled("Stance now", "Houding nu")]
    desired_stance: Annotated[Stance, labelled("Stance that you would like", "Houding die jullie willen")]


class NewTalk(Form):
    """The outcome of a talk."""

    outcome: Annotated[Prose, labelled("What came out of it", "Wat eruit kwam")]
    next_step: Annotated[Prose, labelled("Next step", "Volgende stap")] | None = None


class Moment(NamedTuple):
    """A day on which the map changed. `position`: its last change."""

    day: date
    position: int


class StakeholderPages(Controller):
    """Pages about stakeholders."""

    path = "/"

    @get("/teams/{team:str}/map")
    async def map(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the stakeholder map of a CoP."""
        return await show_map(visit, team)

    @post("/teams/{team:str}/map")
    async def identify(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Add a stakeholder."""
        return await visit.submit(
            NewStakeholder,
            lambda form, by, new: IdentifyStakeholder(
                new, team=team, name=Personal(form.name), organisation=words(form.organisation), by=by
            ),
            creates="stakeholder",
            then=lambda receipt: f"/stakeholders/{receipt.resource_id}",
            again=lambda: show_map(visit, team),
        )

    @get("/stakeholders/{stakeholder:str}")
    async def show(self, visit: NamedDependency[Visit], stakeholder: FromPath[StakeholderId]) -> Response[Any]:
        """Show a stakeholder, with all placements and talks."""
        return await show_stakeholder(visit, stakeholder)

    @post("/stakeholders/{stakeholder:str}/placement")
    async def place(self, visit: NamedDependency[Visit], stakeholder: FromPath[StakeholderId]) -> Response[Any]:
        """Place a stakeholder on the map."""
        team = await team_of_stakeholder(visit, stakeholder)
        return await visit.submit(
            NewPlacement,
            lambda form, by, _: PlaceStakeholder(
                stakeholder,
                power=form.power,
                interest=form.interest,
                stance=form.stance,
                desired_stance=form.desired_stance,
                by=by,
            ),
            then=f"/teams/{team}/map",
            again=lambda: show_stakeholder(visit, stakeholder),
        )

    @post("/stakeholders/{stakeholder:str}/talks")
    async def talk(self, visit: NamedDependency[Visit], stakeholder: FromPath[StakeholderId]) -> Response[Any]:
        """Record the outcome of a talk."""
        return await visit.submit(
            NewTalk,
            lambda form, by, new: HoldTalk(
                TalkId(new),
                stakeholder=stakeholder,
                outcome=Words(form.outcome),
                next_step=words(form.next_step),
                by=by,
            ),
            creates="talk",
            then=f"/stakeholders/{stakeholder}",
            again=lambda: show_stakeholder(visit, stakeholder),
        )

    @post("/stakeholders/{stakeholder:str}/comments")
    async def comment(self, visit: NamedDependency[Visit], stakeholder: FromPath[StakeholderId]) -> Response[Any]:
        """Comment on a stakeholder."""
        path = f"/stakeholders/{stakeholder}"
        return await add_comment(visit, stakeholder, path, team_of_stakeholder, show_stakeholder)

    @post("/stakeholders/{stakeholder:str}/shares")
    async def share(self, visit: NamedDependency[Visit], stakeholder: FromPath[StakeholderId]) -> Response[Any]:
        """Share a stakeholder with the programme."""
        path = f"/stakeholders/{stakeholder}"
        return await share(visit, stakeholder, path, team_of_stakeholder, show_stakeholder)


async def show_map(visit: Visit, team: TeamId) -> Response[Any]:
    """The page of a map, which commissioners can never see. Raises `NotFound`."""
    opened = await open_team(visit, team)
    if opened.work.for_organisation:
        raise NotFound
    found = await page_of_research(opened.work, STAKEHOLDERS, STAKEHOLDERS_OF_TEAM, opened.listing(MAX_SHOWN))
    numbered = list(enumerate(found.items, start=1))
    placed = [(number, one) for number, one in numbered if one.placements]
    types = [StakeholderIdentified, StakeholderPlaced, TalkHeld]
    stamps = await visit.stamps(Selector(types=types, tags=[team]))
    return opened.page(
        "map/map.html",
        "map",
        numbered=numbered,
        placed=placed,
        drawn=marks_of(placed),
        change=change_of(one for _, one in placed),
        following=found.next,
        moments=moments_of(visit, stamps, visible={one.id for one in found.items}),
        since=min((one.placements[0].placed_at for _, one in placed), default=None),
        stamps=stamps,
        names=await visit.names({team, *stamps.actors()}),
        form=visit.form(NewStakeholder),
    )


async def show_stakeholder(visit: Visit, stakeholder: StakeholderId) -> Response[Any]:
    """The page of a stakeholder. Raises `NotFound`."""
    row = await visible_stakeholder(visit.reader, stakeholder, visit.reading)
    opened = await open_team(visit, row.team)
    discussion = await discussion_of(opened, stakeholder, row.shared_with)
    types = [StakeholderIdentified, StakeholderPlaced, TalkHeld]
    stamps = await visit.stamps(Selector(types=types, tags=[stakeholder]), discussion_selector(stakeholder))
    return opened.page(
        "map/stakeholder.html",
        "map",
        stakeholder=row,
        drawn=marks_of([(1, row)] if row.placements else []),
        now_placed=row.placements[-1] if row.placements else None,
        discussion=discussion,
        stamps=stamps,
        names=await visit.names({row.team, *stamps.actors(), *discussion.people}),
        placement=visit.form(NewPlacement),
        talk=visit.form(NewTalk),
    )


async def team_of_stakeholder(visit: Visit, stakeholder: StakeholderId) -> TeamId:
    """The CoP of a stakeholder that the visitor may see. Raises `NotFound`."""
    return (await visible_stakeholder(visit.reader, stakeholder, visit.reading)).team


def moments_of(visit: Visit, stamps: Stamps, visible: set[StakeholderId]) -> Sequence[Moment]:
    """The last days on which visible stakeholders were placed, in order."""
    placed: list[Stamp] = [one for one in stamps.each(PLACED) if not visible.isdisjoint(one.tags)]
    last = dict[date, int]()
    for one in placed:
        day = one.at.astimezone(ZoneInfo(visit.zone)).date()
        last[day] = max(one.position, last.get(day, 0))
    return [Moment(*one) for one in sorted(last.items())][-MAX_MOMENTS:]
