"""To-dos on a home page: each with the days until it is due, and the address of the page on which it is done."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from projections.ballots import BALLOTS, Ballot
from projections.commitments import COMMITMENTS
from projections.derived.to_dos import ToDo
from projections.questions import QUESTIONS
from service.pages.frame.addresses import address
from service.pages.frame.visit import Visit
from service.reading.to_dos import list_key

SHOWN = 6
"""To-dos with a card of their own."""


class Asked(NamedTuple):
    """A to-do. `about`: the id of the thing that names it; `days`: until it is due, negative if it is late; None: no date.

    `choice`: the ballot that it is about, which has no name of its own.
    """

    kind: str
    about: str
    due_at: datetime | None
    due_on: date | None
    days: int | None
    path: str
    choice: Ballot | None


async def shown(visit: Visit, to_dos: Iterable[ToDo]) -> list[Asked]:
    """The first of these to-dos, by the date on which they are due."""
    return [await _asked(visit, one) for one in sorted(to_dos, key=list_key)[:SHOWN]]


def days_until(visit: Visit, due: datetime | date | None) -> int | None:
    """The days from the day of this visit until a day or the day of a time, in the zone of the place."""
    if due is None:
        return None
    zone = ZoneInfo(visit.zone)
    on = due.astimezone(zone).date() if isinstance(due, datetime) else due
    return (on - visit.at.astimezone(zone).date()).days


async def _asked(visit: Visit, one: ToDo) -> Asked:
    about, path = await _place(visit, one)
    choice = await visit.kring.views.one(BALLOTS, one.id) if one.kind in {"vote", "certify_ballot"} else None
    return Asked(one.kind, about, one.due_at, one.due_on, days_until(visit, one.due_at or one.due_on), path, choice)


async def _place(visit: Visit, one: ToDo) -> tuple[str, str]:
    """The thing that names a to-do, and the address at which it is done: questions and commitments are on other pages."""
    match one.kind:
        case "rank":
            return one.id, "/preferences"
        case "answer_poll":
            return one.id, f"/trips/{one.id}/dates"
        case "certify_ballot":
            return one.id, f"/ballots/{one.id}/result"
        case "judge_advice":
            return one.id, f"/teams/{one.id}/advice"
        case "adopt_assignment":
            return one.id, "/assignment"
        case "answer_question":
            question = await visit.kring.views.one(QUESTIONS, one.id)
            about = one.id if question is None else question.challenge
            return about, address(about) or "/challenges"
        case "settle_commitment":
            commitment = await visit.kring.views.one(COMMITMENTS, one.id)
            path = "/" if commitment is None else f"{address(commitment.recommendation)}#{one.id}"
            return one.id, path
        case _:
            return one.id, address(one.id) or "/"
