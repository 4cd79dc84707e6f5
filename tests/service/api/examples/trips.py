"""A team's trip over HTTP, up to a fixed date."""

from typing import Any

from tests.conftest import Api
from tests.service.api.examples.team import ATeam, ok

IDEA = {"theme": "Hubs voor start-ups", "destination": "Rotterdam"}
APRIL = {"starts_on": "2017-04-10", "ends_on": "2017-04-11"}
MAY = {"starts_on": "2017-05-08", "ends_on": "2017-05-09"}
JUNE = {"starts_on": "2017-06-12", "ends_on": "2017-06-13"}


def euros(cents: int) -> dict[str, Any]:
    return {"amount_minor": cents, "currency": "EUR"}


def pounds(pence: int) -> dict[str, Any]:
    return {"amount_minor": pence, "currency": "GBP"}


def visit(hour: int, title: str = "Bezoek", host: str | None = "Mw. Jansen") -> dict[str, Any]:
    times = {"starts_at": f"2017-04-10T{hour:02}:00:00Z", "ends_at": f"2017-04-10T{hour + 1:02}:00:00Z"}
    return {**times, "title": title, "place": "Rotterdam", "host": host}


def booking(team: ATeam, **changes: Any) -> dict[str, Any]:
    body = {
        "kind": "hotel",
        "supplier": "Hotel New York",
        "amount": euros(40_000),
        "payer": {"organisation_id": team.bank},
    }
    return {**body, **changes}


async def idea(team: ATeam) -> str:
    """Path of a trip that Anna proposed."""
    return f"/trips/{(await ok(await team.members[0].post(f'/teams/{team.id}/trips', json=IDEA)))['id']}"


async def fixed(team: ATeam) -> str:
    """Path of a trip in April."""
    path = await idea(team)
    polled = await ok(await team.members[0].post(f"{path}/date-poll", json={"options": [APRIL, MAY]}), 200)
    option = polled["poll"]["options"][0]["option_id"]
    await ok(await team.members[0].post(f"{path}/date", json={"option_id": option}), 200)
    return path


async def ahead(api: Api) -> dict[str, int]:
    """Query that waits until views have reached the head of the log."""
    return {"at_least": await api.kring.log.head()}
