"""Simultaneous additions by many people to one thing do not wait for, or conflict with, each other."""

import asyncio

import pytest

from service.store.log.log import Log
from service.store.log.types import Append, Receipt
from tests.conftest import Api
from tests.service.api.examples.team import a_team, ok
from tests.service.api.examples.trips import euros, fixed

CONCURRENT_COMMANDS = 32


@pytest.fixture
def appended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """First event type of every append that was tried; one that conflicts is retried."""
    tried: list[str] = []
    append = Log.append

    async def counting(log: Log, one: Append) -> Receipt:
        tried.append(one.events[0].type)
        return await append(log, one)

    monkeypatch.setattr(Log, "append", counting)
    return tried


async def test_expenses_of_one_trip_do_not_conflict(api: Api, appended: list[str]) -> None:
    team = await a_team(api)
    path = await fixed(team)
    appended.clear()

    async def share(number: int) -> None:
        paid = {"payer": team.people[number % 4], "amount": euros(1_000 + number), "text": "Lunch"}
        await ok(await team.members[number % 4].post(f"{path}/expenses", json=paid))

    await asyncio.gather(*map(share, range(CONCURRENT_COMMANDS)))
    assert appended == ["trip.expense_shared"] * CONCURRENT_COMMANDS


async def test_comments_on_one_item_do_not_conflict(api: Api, appended: list[str]) -> None:
    team = await a_team(api)
    thing = (await fixed(team)).removeprefix("/trips/")
    appended.clear()

    async def comment(number: int) -> None:
        body = {"on": thing, "text": f"Goed idee {number}"}
        await ok(await team.members[number % 4].post(f"/teams/{team.id}/comments", json=body))

    await asyncio.gather(*map(comment, range(CONCURRENT_COMMANDS)))
    assert appended == ["team.comment_added"] * CONCURRENT_COMMANDS
