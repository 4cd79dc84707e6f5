"""Gatherings: those of a CoP, and one with its agenda, attendance and minutes."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, ValidationError, convert

from domain.events.attendance import AttendanceCorrected, AttendanceRecorded
from domain.events.gathering import (
    AgendaItem,
    GatheringCancelled,
    GatheringHeld,
    GatheringPlanned,
    GatheringRescheduled,
    HoldingCorrected,
)
from domain.events.minutes import MinutesApproved, MinutesCorrected, MinutesWritten
from domain.foundation import (
    Caller,
    Event,
    GatheringId,
    Key,
    NotFound,
    PersonId,
    Selector,
    TeamId,
    Text,
    Words,
    ZoneName,
)
from domain.gatherings.attendance import Presence, RecordAttendance
from domain.gatherings.convening import PlanOwnGathering
from domain.gatherings.gathering import CancelGathering, HoldGathering, RescheduleGathering
from domain.gatherings.minutes import ApproveMinutes, WriteMinutes
from domain.teams.team import TeamRights
from domain.visible_text import is_text
from projections.gatherings import Gathering
from projections.programmes import PROGRAMMES
from projections.teams import ENDED, TEAMS
from service.api.http.bodies import Prose, Title, words
from service.api.http.validation_words import in_words
from service.pages.fields.local_times import TWICE, Turn, as_field, local_time, turns_asked
from service.pages.frame.forms import Form, filled, labelled
from service.pages.frame.stamps import Stamp, stamp_of
from service.pages.frame.visit import Attempt, Visit
from service.pages.teams import here_of
from service.preparing.gatherings import people_expected, prepared
from service.reading.coverage import coverage_of_team
from service.reading.gatherings import (
    known_team,
    programme_of,
    roster_at_end,
    takes_part,
    took_part,
    visible_gathering,
    visible_gatherings_of_team,
)
from service.reading.options import BadText, ListOptions
from service.reading.permissions import own_teams
from service.store.log.types import Receipt

MAX_SHOWN, MAX_PEOPLE = 60, 60
OF_GATHERING: list[type[Event]] = [
    GatheringPlanned,
    GatheringRescheduled,
    GatheringCancelled,
    GatheringHeld,
    HoldingCorrected,
]
MINUTES: list[type[Event]] = [MinutesWritten, MinutesCorrected, MinutesApproved]
ATTENDANCE: list[type[Event]] = [AttendanceRecorded, AttendanceCorrected]
WHY = "why-"
"""The beginning of the names of fields with the reason of an absence; the person's id follows."""
MAX_POINTS = 200


class Times(Form, kw_only=True):
    """The beginning and the end of a gathering, in the time zone of the programme."""

    starts_at: Annotated[str, labelled("From", "Van")]
    starts_turn: Annotated[Turn, labelled("Which one", "Welke keer", TWICE)] | None = None
    ends_at: Annotated[str, labelled("Until", "Tot")]
    ends_turn: Annotated[Turn, labelled("Which one", "Welke keer", TWICE)] | None = None

    def in_zone(self, timezone: str) -> tuple[datetime, datetime]:
        """The two times. Raises refusals of local times."""
        zone = ZoneName(timezone)
        return (
            local_time(self.starts_at, zone, "starts_at", self.starts_turn),
            local_time(self.ends_at, zone, "ends_at", self.ends_turn),
        )


class Plan(Times, kw_only=True):
    """A gathering of the CoP itself."""

    where: Annotated[Title, labelled("Where", "Waar")]
    agenda: (
        Annotated[
            Prose,
            labelled(
                "What you will talk about",
                "Waar jullie het over hebben",
                Text(en="One point on each line.", nl="Eén punt per regel."),
            ),
        ]
        | None
    ) = None


class Move(Times, kw_only=True):
    """Another time for a gathering, and perhaps another place."""

    where: Annotated[Title, labelled("Where", "Waar", Text(en="If it changes.", nl="Als die verandert."))] | None = None


class Cancellation(Form):
    """A reason to cancel."""

    reason: Annotated[Prose, labelled("Why it is cancelled", "Waarom het niet doorgaat")]


class Holding(Form):
    """A record that a gathering was held and what it covered, or a correction of that, which needs a reason."""

    topics: Annotated[
        tuple[Key, ...], Meta(max_length=200), labelled("Topics that were covered", "Onderwerpen die aan bod kwamen")
    ] = ()
    techniques: (
        Annotated[
            Prose,
            labelled(
                "Techniques that were new",
                "Technieken die nieuw waren",
                Text(en="One on each line.", nl="Eén per regel."),
            ),
        ]
        | None
    ) = None
    not_held: Annotated[bool, labelled("It was not held after all", "Ze ging toch niet door")] = False
    reason: Annotated[Prose, labelled("Why you correct it", "Waarom je het verbetert")] | None = None


class AttendanceList(Form):
    """The people who were present; of the others, why not. A correction needs a reason."""

    present: Annotated[tuple[PersonId, ...], Meta(max_length=200), labelled("Who was there", "Wie er was")] = ()
    reason: Annotated[Prose, labelled("Why you correct it", "Waarom je het verbetert")] | None = None


class Absence(Form):
    """The reason of one absence."""

    reason: Annotated[Prose, labelled("Why not", "Waarom niet")]


class NewMinutes(Form):
    """The minutes, and the version that the writer had before them. Correcting approved ones needs a reason."""

    text: Annotated[Prose, labelled("Minutes", "Verslag")]
    version: Annotated[int, Meta(ge=0, le=1_000_000), labelled("Version", "Versie")]
    reason: (
        Annotated[
            Prose,
            labelled(
                "Why you correct it",
                "Waarom je het verbetert",
                Text(en="These minutes were approved.", nl="Dit verslag was goedgekeurd."),
            ),
        ]
        | None
    ) = None


class Approval(Form):
    """The approval of the minutes."""


class GatheringPages(Controller):
    """Pages about gatherings."""

    path = "/"

    @get("/teams/{team:str}/gatherings")
    async def of_team(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Show the gatherings of a CoP."""
        return await self._of_team(visit, team)

    @post("/teams/{team:str}/gatherings")
    async def plan(self, visit: NamedDependency[Visit], team: FromPath[TeamId]) -> Response[Any]:
        """Plan a gathering of the CoP itself."""

        async def perform(form: Plan, attempt: Attempt) -> Receipt:
            row, (starts_at, ends_at) = await known_team(visit.reader, team), form.in_zone(visit.zone)
            return await attempt.execute(
                lambda: PlanOwnGathering(
                    attempt.new,
                    programme=row.programme,
                    team=team,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    place=Words(form.where),
                    agenda=tuple(AgendaItem(Words(one)) for one in lines_of(form.agenda, "agenda")),
                    by=attempt.by,
                )
            )

        return await visit.perform(
            Plan,
            perform,
            creates="gathering",
            then=lambda receipt: f"/gatherings/{receipt.resource_id}",
            again=lambda: self._of_team(visit, team),
        )

    @get("/gatherings/{gathering:str}")
    async def show(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Show a gathering."""
        return await self._show(visit, gathering)

    @post("/gatherings/{gathering:str}/move")
    async def move(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Reschedule a gathering."""

        async def perform(form: Move, attempt: Attempt) -> Receipt:
            programme, (starts_at, ends_at) = await programme_of(visit.reader, gathering), form.in_zone(visit.zone)
            return await attempt.execute(
                lambda: RescheduleGathering(
                    gathering,
                    programme=programme,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    place=words(form.where),
                    by=attempt.by,
                )
            )

        return await self._perform(visit, gathering, Move, perform)

    @post("/gatherings/{gathering:str}/cancellation")
    async def cancel(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Cancel a gathering, with a reason."""

        async def perform(form: Cancellation, attempt: Attempt) -> Receipt:
            programme, by = await programme_of(visit.reader, gathering), because(attempt.by, form.reason)
            return await attempt.execute(lambda: CancelGathering(gathering, programme=programme, by=by))

        return await self._perform(visit, gathering, Cancellation, perform)

    @post("/gatherings/{gathering:str}/holding")
    async def hold(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Record that a gathering was held and what it covered, or correct that."""

        async def perform(form: Holding, attempt: Attempt) -> Receipt:
            programme, roster = await prepared(visit.reader, gathering)
            return await attempt.execute(
                lambda: HoldGathering(
                    gathering,
                    programme=programme,
                    topics=form.topics,
                    techniques=tuple(Words(one) for one in lines_of(form.techniques, "techniques")),
                    took_place=not form.not_held,
                    roster=roster,
                    by=because(attempt.by, form.reason),
                )
            )

        return await self._perform(visit, gathering, Holding, perform)

    @post("/gatherings/{gathering:str}/attendance")
    async def attend(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Record who was there, or correct that."""

        async def perform(form: AttendanceList, attempt: Attempt) -> Receipt:
            programme, roster = await prepared(visit.reader, gathering)
            row = await visible_gathering(visit.reader, gathering, visit.reading)
            listed = {*await people_expected(visit.reader, row.teams, roster), *form.present}
            entered = await visit.entered()
            reasons = {one: reason_of(visit.one(entered, WHY + one)) for one in listed}
            people = tuple(
                Presence(one, one in form.present, None if one in form.present else reasons[one])
                for one in sorted(listed)
            )
            return await attempt.execute(
                lambda: RecordAttendance(
                    gathering,
                    programme=programme,
                    people=people,
                    roster=roster,
                    by=because(attempt.by, form.reason),
                )
            )

        return await self._perform(visit, gathering, AttendanceList, perform)

    @post("/gatherings/{gathering:str}/minutes")
    async def write(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Write the minutes, or correct approved ones."""

        async def perform(form: NewMinutes, attempt: Attempt) -> Receipt:
            programme = await programme_of(visit.reader, gathering)
            return await attempt.execute(
                lambda: WriteMinutes(
                    gathering,
                    programme=programme,
                    text=Words(form.text),
                    based_on=form.version,
                    by=because(attempt.by, form.reason),
                )
            )

        return await self._perform(visit, gathering, NewMinutes, perform)

    @post("/gatherings/{gathering:str}/minutes-approval")
    async def approve(self, visit: NamedDependency[Visit], gathering: FromPath[GatheringId]) -> Response[Any]:
        """Approve the minutes, as somebody who was present."""

        async def perform(_: Approval, attempt: Attempt) -> Receipt:
            programme = await programme_of(visit.reader, gathering)
            return await attempt.execute(lambda: ApproveMinutes(gathering, programme=programme, by=attempt.by))

        return await self._perform(visit, gathering, Approval, perform)

    async def _perform(self, visit: Visit, gathering: GatheringId, form: Any, perform: Any) -> Response[Any]:
        async def again() -> Response[Any]:
            await visit.reader.wait_for_views(await visit.kring.log.head())  # show what somebody else was quicker with
            return await self._show(visit, gathering)

        return await visit.perform(form, perform, then=f"/gatherings/{gathering}", again=again)

    async def _of_team(self, visit: Visit, team: TeamId) -> Response[Any]:
        cursor = visit.request.query_params.get("cursor", "")
        listing = ListOptions(cursor, MAX_SHOWN, visit.reading.at_least, visit.reading.as_of)
        row = await known_team(visit.reader, team, visit.reading)
        found, rights = await visible_gatherings_of_team(visit.reader, team, listing), await visit.rights()
        at = await visit.reader.time_of(visit.reading)
        try:
            coverage = await coverage_of_team(visit.reader, team, visit.reading)
        except NotFound:
            coverage = None
        ahead = [one for one in found.items if one.status in {"planned", "rescheduled"} and one.ends_at >= at]
        past = [one for one in found.items if one not in ahead]
        return visit.page(
            "gatherings/list.html",
            here=here_of(visit, is_own=rights.member_of(team) or rights.was_last_member(team)),
            has_past=True,
            live=team,
            team=row,
            ahead=sorted(ahead, key=lambda one: one.starts_at),
            past=sorted(past, key=lambda one: one.starts_at, reverse=True),
            following=found.next,
            coverage=coverage,
            is_member=rights.member_of(team),
            goes_on=row.status not in ENDED,
            names=await visit.names([row.challenge]),
            plan=visit.form(Plan),
            twice=turns_asked(visit.form(Plan), visit.zone, starts=None, ends=None),
        )

    async def _show(self, visit: Visit, gathering: GatheringId) -> Response[Any]:
        reader, rights = visit.reader, await visit.rights()
        row = await visible_gathering(reader, gathering, visit.reading)
        await reader.unseal([row])
        at = await reader.time_of(visit.reading)
        stamps = await visit.stamps(Selector(types=OF_GATHERING, tags=[gathering]))
        attended = await visit.newest_stamp(Selector(types=ATTENDANCE, tags=[gathering])) if row.attendance else None
        programme = await reader.row(PROGRAMMES, row.programme, visit.reading)
        own = [one for one in own_teams(rights) if rights.teams.programmes.get(one) == row.programme]
        team = next((one for one in own if one in row.teams or not row.teams), next(iter(row.teams), None))
        may = allowed(rights, row, at, is_past=visit.is_past)
        expected = list[PersonId]()
        if "attendance" in may:
            roster = await roster_at_end(reader, gathering, row.programme)
            expected = [*await people_expected(reader, row.teams, roster)]
            expected += [one.person_id for one in row.attendance if one.person_id not in expected]
        people = [one.person_id for one in row.attendance]
        minutes = row.minutes
        versions = await versions_of(visit, row) if took_part(rights, row) else []
        ids = [*stamps.actors(), *people, *expected, *row.teams, *row.held_for, team or ""]
        ids += [minutes.written_by, minutes.approved_by or ""] if minutes else []
        teams = [one for one in [await reader.row(TEAMS, team, visit.reading) if team else None] if one is not None]
        names = await visit.names(
            [
                *ids,
                *(one.actor for one in versions),
                *([attended.actor] if attended else []),
                *(one.challenge for one in teams),
            ]
        )
        return visit.page(
            "gatherings/gathering.html",
            here=here_of(visit, is_own=took_part(rights, row)) if team else "/agenda",
            has_past=True,
            live=gathering,
            gathering=row,
            action=f"/gatherings/{gathering}",
            team=teams[0] if teams else None,
            takes_part=took_part(rights, row),
            may=may,
            began=row.starts_at <= at,
            over=row.ends_at < at,
            topics={one.key: one.title for one in (programme.curriculum if programme else ())},
            expected=expected,
            present=[one.person_id for one in row.attendance if one.present],
            reasons={one.person_id: one.reason.text for one in row.attendance if one.reason and one.reason.text},
            shown=MAX_PEOPLE,
            names=names,
            stamps=stamps,
            attended=attended,
            why=WHY,
            versions=[one for one in versions if one.topic != MinutesApproved.TOPIC],
            approvals=[one for one in versions if one.topic == MinutesApproved.TOPIC],
            day_long=timedelta(days=1),
            starts=as_field(row.starts_at, visit.zone),
            ends=as_field(row.ends_at, visit.zone),
            twice=turns_asked(visit.form(Move), visit.zone, starts=row.starts_at, ends=row.ends_at),
            move_form=visit.form(Move),
            cancel_form=visit.form(Cancellation),
            hold_form=visit.form(Holding),
            attend_form=visit.form(AttendanceList),
            minutes_form=visit.form(NewMinutes),
            approve_form=visit.form(Approval),
        )


def because(by: Caller, reason: str | None) -> Caller:
    """The caller, with a reason if one was given."""
    return by if reason is None else Visit.because(by, reason)


async def versions_of(visit: Visit, row: Gathering) -> list[Stamp]:
    """The stamps of the minutes, for readers who took part: their events are in no feed of members (rule 21)."""
    query = visit.kring.commands.mapper.query([Selector(types=MINUTES, tags=[row.id])])
    found, _ = await visit.kring.log.read(query, until=await visit.reader.position_of(visit.reading))
    return [stamp_of(one) for one in found]


def lines_of(text: str | None, field: str) -> list[str]:
    """The lines of a text, each a title. Raises `BadText` for a line that is too long, or too many lines."""
    found = [one.strip() for one in (text or "").splitlines() if is_text(one)]
    try:
        return list(convert(found, Annotated[list[Title], Meta(max_length=MAX_POINTS)]))
    except ValidationError as error:
        raise BadText(field, in_words(str(error))) from None


def reason_of(text: str) -> Words | None:
    """The reason of an absence, if one was given. Raises `BadText`, `NoText`."""
    if not text.strip():
        return None
    made, wrong = filled(Absence, {"reason": [text]})
    if made is None:
        raise BadText("present", wrong["reason"])
    return Words(made.reason)


def allowed(rights: TeamRights, row: Gathering, at: datetime, *, is_past: bool) -> set[str]:
    """The forms that a page of this gathering has for the caller. The commands decide; this only leaves out what they refuse."""
    if is_past or row.status == "cancelled":
        return set()
    guides = any(rights.facilitates(row.programme, one) for one in (row.teams or (None,)))
    expected = rights.participates(row.programme) and takes_part(rights, row)
    organises, begun = guides if row.kind == "session" else expected, row.starts_at <= at
    found = set[str]()
    if organises and row.status != "held":
        found |= {"move", "cancel"}
    if row.status != "held" and any(rights.may_wind_up(one, row.programme) for one in row.teams):
        found.add("cancel")
    if organises and begun:
        found |= {"hold", *(["attendance"] if row.teams else [])}
    if begun and (expected or (guides and row.kind == "session")):
        found.add("minutes")
    me = rights.by.person
    if expected and any(one.present for one in row.attendance if one.person_id == me):
        found.add("approve")
    return found
