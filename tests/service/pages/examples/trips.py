"""A trip of a team, and fields of its forms."""

from typing import Any

import httpx

from tests.conftest import Api
from tests.service.api.examples.team import ATeam, ok
from tests.service.api.examples.trips import APRIL, MAY, fixed, idea


async def new_idea(api: Api, team: ATeam) -> str:
    """Path of a trip that was proposed, and that pages show."""
    path = await idea(team)
    await as_logged(api, team.members[0], path)
    return path


async def in_april(api: Api, team: ATeam) -> str:
    """Path of a trip in April, that pages show."""
    path = await fixed(team)
    await as_logged(api, team.members[0], path)
    return path


async def polled(team: ATeam, path: str) -> list[str]:
    """The options of a poll on this trip: April and May."""
    answer = await ok(await team.members[0].post(f"{path}/date-poll", json={"options": [APRIL, MAY]}), 200)
    return [one["option_id"] for one in answer["poll"]["options"]]


async def guide_of(team: ATeam) -> str:
    """The facilitator of a team."""
    listed = await ok(await team.facilitator.get(f"/programmes/{team.programme}/facilitators"), 200)
    return listed["items"][0]["person_id"]


async def as_logged(api: Api, client: httpx.AsyncClient, path: str) -> Any:
    """A resource, once the views have everything that was recorded."""
    return await ok(await client.get(path, params={"at_least": await api.head()}), 200)


def stop(**changes: str) -> dict[str, str]:
    """The fields of an item of the itinerary, on the first day in April."""
    fields = {
        "title": "Rondleiding",
        "location": "Maaskade",
        "host": "Mw. Jansen",
        "starts_at": "2017-04-10T10:30",
        "ends_at": "2017-04-10T12:30",
    }
    return {**fields, **changes}


def request_of(payer: str, **changes: str) -> dict[str, str]:
    """The fields of a booking to request."""
    fields = {
        "kind": "hotel",
        "supplier": "De Lading",
        "amount": "400",
        "currency": "EUR",
        "payer": payer,
        "required": "yes",
    }
    return {**fields, **changes}


def expense_of(payer: str, amount: str, **changes: str) -> dict[str, str]:
    """The fields of an expense to share."""
    return {"text": "Diner", "payer": payer, "amount": amount, "currency": "EUR", "split": "equal", **changes}
