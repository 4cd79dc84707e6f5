"""The kinds of jobs that this version knows, each with its handler and class."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal, NamedTuple

from service.auth.sign_in import MAIL_JOB
from service.kring import Kring
from workers import job_handlers
from workers.jobs.circuit_breaker import Breakers
from workers.jobs.queue import Claimed
from workers.mail import sending
from workers.mail.mail_content import MAIL_CONTENTS

JobClass = Literal["urgent", "sign_in", "mail", "heavy"]
"""urgent: a rule or a person waits for it; sign_in: mails that somebody waits for; mail: depends on an external server;
heavy: keeps a CPU busy for a while."""

SLOTS: Mapping[JobClass, int] = {"urgent": 4, "sign_in": 4, "mail": 8, "heavy": 2}
"""Maximum number of running jobs per class in one process; no class uses another's slots."""

TIME_LIMITS_S: Mapping[JobClass, float] = {"urgent": 120.0, "sign_in": 60.0, "mail": 60.0, "heavy": 3600.0}
"""Maximum duration of one attempt; its lease is renewed meanwhile."""


class JobKind(NamedTuple):
    """A kind of job."""

    handler: Callable[[Kring, Claimed], Awaitable[None]]
    job_class: JobClass


def job_kinds(breakers: Breakers) -> dict[str, JobKind]:
    """All kinds of jobs that this version knows; jobs of other kinds wait for a version that knows them.

    `breakers`: the circuit breakers of this process, for handlers that call external systems.
    """
    return {
        "close_ballot": JobKind(job_handlers.close_ballot, "urgent"),
        "count_ballot": JobKind(job_handlers.count_ballot, "urgent"),
        "destroy_ballot_key": JobKind(job_handlers.destroy_ballot_key, "urgent"),
        "withhold_words": JobKind(job_handlers.withhold_words, "urgent"),
        "alert_of_small_team": JobKind(job_handlers.alert_of_small_team, "urgent"),
        "tell_commissioner": JobKind(job_handlers.tell_commissioner, "urgent"),
        "tell_of_withdrawal": JobKind(job_handlers.tell_of_withdrawal, "urgent"),
        "solve_assignment": JobKind(job_handlers.solve_assignment, "heavy"),
        "check_views": JobKind(job_handlers.check_views, "heavy"),
        **{
            kind: JobKind(partial(sending.send, breakers=breakers), "sign_in" if kind == MAIL_JOB else "mail")
            for kind in MAIL_CONTENTS
        },
    }
