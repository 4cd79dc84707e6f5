"""Jobs over HTTP, for managers: listing, retrying and cancelling them."""

import re
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from domain.foundation import NotAllowed, NotFound, ReasonMissing
from service.api.http.bodies import Body
from service.api.http.read_parameters import Position
from service.api.requests.request_context import RequestContext
from service.commands import OtherCommand
from service.reading.options import ListOptions, Page, require_cursor
from service.reading.permissions import managed_by, manages_all
from service.reading.reader import Reader
from service.store.jobs.control import (
    Intervener,
    JobHistory,
    JobRow,
    Status,
    cancel_job,
    list_jobs,
    retry_job,
    show_job,
)
from service.store.log.errors import IdempotencyKeyReused

JobKey = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[!-~]+(?![\s\S])")]
Kind = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-z_]+(?![\s\S])")]
JOB_ID = re.compile(r"[a-z_]+(:[!-9;-~]+)+")
"""The pattern of a job's key: its kind and its arguments."""


class Jobs(Controller):
    path = "/jobs"
    tags = ("Jobs",)

    @get()
    async def list_all(
        self,
        reader: NamedDependency[Reader],
        current: NamedDependency[ListOptions],
        status: FromQuery[Status | None] = None,
        kind: FromQuery[Kind | None] = None,
    ) -> Page[JobRow]:
        """List the jobs of the programmes that the caller manages; for the operator, all jobs."""
        require_cursor(current.cursor, JOB_ID)
        rights = await reader.rights()
        rights.require_token()
        programmes = None if manages_all(rights) else managed_by(rights)
        if programmes == []:
            raise NotAllowed
        found = await list_jobs(
            reader.kring.log.pool,
            after=current.cursor,
            limit=current.limit + 1,
            programmes=programmes,
            status=status,
            kind=kind,
        )
        shown = found[: current.limit]
        return Page(shown, shown[-1].id if len(found) > current.limit else None)

    @get("/{job:str}")
    async def show(
        self, job: FromPath[JobKey], reader: NamedDependency[Reader], at_least: Position = None
    ) -> JobHistory:
        """Show a job with its attempts and interventions."""
        await reader.wait_for_views(at_least)
        return await _visible_job(reader, job)

    @post("/{job:str}/retry", status_code=200)
    async def retry(
        self, job: FromPath[JobKey], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[JobHistory]:
        """Retry a job that failed or was cancelled."""
        await _visible_job(context.reader, job)
        try:
            await retry_job(context.kring.log.pool, context.kring.keys, job, await _intervention(context, data))
        except IdempotencyKeyReused:
            raise OtherCommand(field="Idempotency-Key") from None
        return Response(await _visible_job(context.reader, job))

    @post("/{job:str}/cancellation", status_code=200)
    async def cancel(
        self, job: FromPath[JobKey], context: NamedDependency[RequestContext], data: JSONBody[Body | None] = None
    ) -> Response[JobHistory]:
        """Cancel a job that no rule requires, with a reason."""
        await _visible_job(context.reader, job)
        intervention = await _intervention(context, data)
        if intervention.reason is None:
            raise ReasonMissing(field="reason")
        try:
            await cancel_job(context.kring.log.pool, context.kring.keys, job, intervention)
        except IdempotencyKeyReused:
            raise OtherCommand(field="Idempotency-Key") from None
        return Response(await _visible_job(context.reader, job))


async def _visible_job(reader: Reader, job: str) -> JobHistory:
    """A job of a programme that the caller manages. Raises `NotFound`."""
    rights = await reader.rights()
    rights.require_token()  # no command checks it: jobs are not part of the log
    found = await show_job(reader.kring.log.pool, reader.kring.keys, job)
    if not manages_all(rights) and found.programme_id not in managed_by(rights):
        raise NotFound
    return found


async def _intervention(context: RequestContext, data: Body | None) -> Intervener:
    by = context.caller_with(data)
    return Intervener(by.actor, by.via, by.reason.text if by.reason else None, await context.command_identity())
