"""Gatherings over HTTP, and refusals."""

from typing import Any

import httpx

from tests.service.api.examples.team import ATeam

DAY: dict[str, Any] = {
    "starts_at": "2016-09-20T07:30:00Z",
    "ends_at": "2016-09-20T15:00:00Z",
    "place": "Dominicanenklooster, Zwolle",
}
AGENDA = [{"topic": "team_formation", "title": "Wie zijn wij?", "minutes": 45}, {"title": "Lunch"}]


def refused(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    problem = answer.json()
    assert problem["code"] == code
    assert field is None or [one["field"] for one in problem["errors"]] == [field]


async def session(team: ATeam, number: int = 1) -> httpx.Response:
    body = {"kind": "session", "number": number, "agenda": AGENDA, **DAY}
    return await team.facilitator.post(f"/programmes/{team.programme}/gatherings", json=body)
