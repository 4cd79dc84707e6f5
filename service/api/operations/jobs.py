"""Jobs over HTTP, for who manages: what waits, what failed and why, tried again or cancelled."""

import re
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from domain.foundation import NotAllowed, NotFound, ReasonMissing
from service.api.access.permissions import managed_by, manages_all
from service.api.http.bodies import Body, Page
from service.api.http.read_parameters import Listing, Position, require_place
from service.api.requests.request_context import Asking
from service.commands import OtherCommand
from service.store.jobs.control import (
    Intervening,
    JobHistory,
    JobRow,
    Status,
    cancel_job,
    list_jobs,
    retry_job,
    show_job,
)
from service.store.log.errors import OtherBody

JobKey = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[!-~]+(?![\s\S])")]
Kind = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-z_]+(?![\s\S])")]
PLACE = re.compile(r"[a-z_]+(:[!-9;-~]+)+")
"""The key of a job: its kind and its arguments."""


class Jobs(Controller):
    path = "/jobs"
    tags = ("Jobs",)

    @get()
    async def all(
        self,
        asking: NamedDependency[Asking],
        current: NamedDependency[Listing],
        status: FromQuery[Status | None] = None,
        kind: FromQuery[Kind | None] = None,
    ) -> Page[JobRow]:
        """List the jobs of the programmes that the caller manages; all to a manager of every programme."""
        require_place(current.cursor, PLACE)
        rights = await asking.rights()
        rights.require_token()
        programmes = None if manages_all(rights) else managed_by(rights)
        if programmes == []:
            raise NotAllowed
        found = await list_jobs(
            asking.kring.log.pool,
            after=current.cursor,
            limit=current.limit + 1,
            programmes=programmes,
            status=status,
            kind=kind,
        )
        shown = found[: current.limit]
        return Page(shown, shown[-1].id if len(found) > current.limit else None)

    @get("/{job:str}")
    async def one(
        self, job: FromPath[JobKey], asking: NamedDependency[Asking], at_least: Position = None
    ) -> JobHistory:
        """Show a job with its attempts and with who intervened."""
        await asking.ready(at_least)
        return await _seen(asking, job)

    @post("/{job:str}/retry", status_code=200)
    async def retry(
        self, job: FromPath[JobKey], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[JobHistory]:
        """Let a job that failed or was cancelled be tried again now."""
        await _seen(asking, job)
        try:
            await retry_job(asking.kring.log.pool, asking.kring.keys, job, await _intervening(asking, data))
        except OtherBody:
            raise OtherCommand(field="Idempotency-Key") from None
        return Response(await _seen(asking, job))

    @post("/{job:str}/cancellation", status_code=200)
    async def cancel(
        self, job: FromPath[JobKey], asking: NamedDependency[Asking], data: JSONBody[Body | None] = None
    ) -> Response[JobHistory]:
        """Cancel a job that no rule requires, with a reason."""
        await _seen(asking, job)
        who = await _intervening(asking, data)
        if who.reason is None:
            raise ReasonMissing(field="reason")
        try:
            await cancel_job(asking.kring.log.pool, asking.kring.keys, job, who)
        except OtherBody:
            raise OtherCommand(field="Idempotency-Key") from None
        return Response(await _seen(asking, job))


async def _seen(asking: Asking, job: str) -> JobHistory:
    """A job that the caller may look after. Raises `NotFound`."""
    rights = await asking.rights()
    rights.require_token()  # no command does: a job is no part of the log
    found = await show_job(asking.kring.log.pool, asking.kring.keys, job)
    if not manages_all(rights) and found.programme_id not in managed_by(rights):
        raise NotFound
    return found


async def _intervening(asking: Asking, data: Body | None) -> Intervening:
    by = asking.stating(data)
    return Intervening(by.actor, by.via, by.reason.text if by.reason else None, await asking.command())
