"""`kring jobs`: what waits, what failed and why; trying it again, or not any more."""

from pathlib import Path
from typing import get_args

import rich_click as click

from service.auth.issuing import OPERATOR
from service.cli.asked import argument, configured, data_option, option, quietly, run
from service.config import Config
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
from service.supervisor.supervisor import at_hand

MARKS: dict[Status, tuple[str, str]] = {
    "due": ("·", "white"),
    "running": ("→", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "cancelled": ("–", "yellow"),
}
LISTED = 100


@click.group()
def jobs() -> None:
    """Look after jobs: timers, counts, team assignments, mails."""


@jobs.command(name="list")
@option("--status", type=click.Choice(get_args(Status)), help="Only those in this status.")
@option("--kind", metavar="KIND", help="Only those of this kind, such as mail_ballot_opened.")
@option("--after", metavar="JOB", default="", help="Go on after this job.")
@option(
    "--limit", metavar="N", type=click.IntRange(1, 10_000), default=LISTED, show_default=True, help="How many at most."
)
@data_option
def list_(status: Status | None, kind: str | None, after: str, limit: int, data: Path | None) -> None:
    """List jobs in the order of their keys, with what they wait for."""
    config = configured(data=data)
    quietly()
    found = run(_list(config, status, kind, after, limit + 1))
    for one in found[:limit]:
        click.echo(_line(one))
    if len(found) > limit:
        click.echo(f"More: --after {found[limit - 1].id}", err=True)


async def _list(config: Config, status: Status | None, kind: str | None, after: str, limit: int) -> list[JobRow]:
    async with at_hand(config) as kring:
        return await list_jobs(kring.log.pool, after=after, limit=limit, status=status, kind=kind)


@jobs.command()
@argument("job", metavar="JOB")
@data_option
def show(job: str, data: Path | None) -> None:
    """Show a job with its attempts and with who intervened."""
    config = configured(data=data)
    quietly()
    _tell(run(_show(config, job)))


async def _show(config: Config, job: str) -> JobHistory:
    async with at_hand(config) as kring:
        return await show_job(kring.log.pool, kring.keys, job)


@jobs.command()
@argument("job", metavar="JOB")
@option("--reason", metavar="TEXT", help="Why; kept with the job.")
@data_option
def retry(job: str, reason: str | None, data: Path | None) -> None:
    """Let a job that failed or was cancelled be tried again now, up to sixteen times."""
    config = configured(data=data)
    quietly()
    run(_retry(config, job, reason))
    click.echo(f"{job} is due now.", err=True)


async def _retry(config: Config, job: str, reason: str | None) -> None:
    async with at_hand(config) as kring:
        await retry_job(kring.log.pool, kring.keys, job, Intervening(OPERATOR, OPERATOR, reason))


@jobs.command()
@argument("job", metavar="JOB")
@option("--reason", metavar="TEXT", required=True, help="Why; kept with the job.")
@data_option
def cancel(job: str, reason: str, data: Path | None) -> None:
    """Cancel a job, also one at work. Urgent jobs do what a rule requires, and cannot be cancelled."""
    config = configured(data=data)
    quietly()
    run(_cancel(config, job, reason))
    click.echo(f"{job} is cancelled.", err=True)


async def _cancel(config: Config, job: str, reason: str) -> None:
    async with at_hand(config) as kring:
        await cancel_job(kring.log.pool, kring.keys, job, Intervening(OPERATOR, OPERATOR, reason))


def _line(one: JobRow) -> str:
    mark, colour = MARKS[one.status]
    error = "" if one.last_error is None else f", last error {one.last_error}"
    when = one.due_at if one.ended_at is None else one.ended_at
    return f"{click.style(mark, fg=colour)} {one.id}: {one.status}, {when:%Y-%m-%d %H:%M:%S}Z, attempt {one.attempts}{error}"


def _tell(one: JobHistory) -> None:
    click.echo(_line(one))
    click.echo(f"  class {one.job_class or 'unknown'}, event {one.position}, {one.attempts_left} attempts left")
    for made in one.history:
        ended = (
            "at work" if made.outcome is None else f"{made.outcome}{'' if made.error is None else f' ({made.error})'}"
        )
        click.echo(f"  attempt {made.number}: {made.started_at:%Y-%m-%d %H:%M:%S}Z by {made.worker}: {ended}")
    for done in one.interventions:
        why = "" if done.reason is None else f": {done.reason}"
        click.echo(f"  {done.action}: {done.at:%Y-%m-%d %H:%M:%S}Z by {done.actor}{why}")
