"""`kring jobs`: lists jobs, shows why one failed, and retries or cancels it."""

from pathlib import Path
from typing import get_args

import rich_click as click

from service.auth.issuing import OPERATOR
from service.cli.arguments import argument, data_option, option
from service.cli.execution import load_config, log_warnings_only, run
from service.config import Config
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
from service.supervisor.supervisor import open_for_command

MARKS: dict[Status, tuple[str, str]] = {
    "due": ("·", "white"),
    "running": ("→", "cyan"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
    "cancelled": ("–", "yellow"),
}
DEFAULT_LIMIT = 100


@click.group()
def jobs() -> None:
    """List, retry and cancel jobs: timers, counts, team assignments, mails."""


@jobs.command(name="list")
@option("--status", type=click.Choice(get_args(Status)), help="Only jobs with this status.")
@option("--kind", metavar="KIND", help="Only jobs of this kind, such as mail_ballot_opened.")
@option("--after", metavar="JOB", default="", help="Continue after this job.")
@option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 10_000),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="Maximum number of jobs.",
)
@data_option
def list_(status: Status | None, kind: str | None, after: str, limit: int, data: Path | None) -> None:
    """List jobs by key, with their status, time, attempts and last error."""
    config = load_config(data=data)
    log_warnings_only()
    found = run(_list(config, status, kind, after, limit + 1))
    for one in found[:limit]:
        click.echo(_line(one))
    if len(found) > limit:
        click.echo(f"More: --after {found[limit - 1].id}", err=True)


async def _list(config: Config, status: Status | None, kind: str | None, after: str, limit: int) -> list[JobRow]:
    async with open_for_command(config) as kring:
        return await list_jobs(kring.log.pool, after=after, limit=limit, status=status, kind=kind)


@jobs.command()
@argument("job", metavar="JOB")
@data_option
def show(job: str, data: Path | None) -> None:
    """Show a job with its attempts, and who retried or cancelled it."""
    config = load_config(data=data)
    log_warnings_only()
    _print(run(_show(config, job)))


async def _show(config: Config, job: str) -> JobHistory:
    async with open_for_command(config) as kring:
        return await show_job(kring.log.pool, kring.keys, job)


@jobs.command()
@argument("job", metavar="JOB")
@option("--reason", metavar="TEXT", help="Reason; stored with the job.")
@data_option
def retry(job: str, reason: str | None, data: Path | None) -> None:
    """Retry a failed or cancelled job now, with up to sixteen attempts."""
    config = load_config(data=data)
    log_warnings_only()
    run(_retry(config, job, reason))
    click.echo(f"{job} is due now.", err=True)


async def _retry(config: Config, job: str, reason: str | None) -> None:
    async with open_for_command(config) as kring:
        await retry_job(kring.log.pool, kring.keys, job, Intervener(OPERATOR, OPERATOR, reason))


@jobs.command()
@argument("job", metavar="JOB")
@option("--reason", metavar="TEXT", required=True, help="Reason; stored with the job.")
@data_option
def cancel(job: str, reason: str, data: Path | None) -> None:
    """Cancel a job, even while it runs. Urgent jobs carry out a rule and cannot be cancelled."""
    config = load_config(data=data)
    log_warnings_only()
    run(_cancel(config, job, reason))
    click.echo(f"{job} is cancelled.", err=True)


async def _cancel(config: Config, job: str, reason: str) -> None:
    async with open_for_command(config) as kring:
        await cancel_job(kring.log.pool, kring.keys, job, Intervener(OPERATOR, OPERATOR, reason))


def _line(one: JobRow) -> str:
    mark, colour = MARKS[one.status]
    error = "" if one.last_error is None else f", last error {one.last_error}"
    at = one.due_at if one.ended_at is None else one.ended_at
    return (
        f"{click.style(mark, fg=colour)} {one.id}: {one.status}, {at:%Y-%m-%d %H:%M:%S}Z, attempt {one.attempts}{error}"
    )


def _print(one: JobHistory) -> None:
    click.echo(_line(one))
    click.echo(f"  class {one.job_class or 'unknown'}, event {one.position}, {one.attempts_left} attempts left")
    for attempt in one.history:
        error = "" if attempt.error is None else f" ({attempt.error})"
        outcome = "running" if attempt.outcome is None else f"{attempt.outcome}{error}"
        click.echo(
            f"  attempt {attempt.number}: {attempt.started_at:%Y-%m-%d %H:%M:%S}Z by {attempt.worker}: {outcome}"
        )
    for action in one.interventions:
        reason = "" if action.reason is None else f": {action.reason}"
        click.echo(f"  {action.action}: {action.at:%Y-%m-%d %H:%M:%S}Z by {action.actor}{reason}")
