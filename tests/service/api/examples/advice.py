"""Writing, approving and delivering advice over HTTP."""

from typing import Any

import httpx

from tests.service.api.examples.team import ATeam, ok

CSL = {"type": "report", "title": "Start-ups in Zwolle"}


async def write(team: ATeam, part: str, **fields: object) -> httpx.Response:
    return await team.members[0].post(f"/teams/{team.id}/{part}", json={"text": f"De {part} 😀"} | fields)


async def recommend(team: ATeam, text: str, *evidence: str, **fields: object) -> dict[str, Any]:
    body = {"text": text, "evidence": evidence, "addressee": {"organisation_id": team.bank}} | fields
    return await ok(await team.members[0].post(f"/teams/{team.id}/recommendations", json=body))


async def a_source(team: ATeam) -> str:
    return (await ok(await team.members[0].post(f"/teams/{team.id}/sources", json={"csl": CSL})))["id"]


async def drafted(team: ATeam) -> dict[str, Any]:
    """Write a complete advice; return its recommendation."""
    for part in ("problem-statement", "guiding-question", "answer"):
        await ok(await write(team, part))
    await ok(await team.members[0].post(f"/teams/{team.id}/summary", json={"summary": "Kort", "method": "Gesprekken"}))
    return await recommend(team, "Verbind de initiatieven", await a_source(team))


async def judged(team: ATeam) -> None:
    for one in team.members[:3]:
        await ok(await one.post(f"/teams/{team.id}/advice/approval", json={"verdict": "approve"}))
    dissent = {"verdict": "dissent", "text": "Eén plek is te weinig"}
    await ok(await team.members[3].post(f"/teams/{team.id}/advice/approval", json=dissent))


async def hand_over(team: ATeam, how: str) -> httpx.Response:
    return await team.members[0].post(f"/teams/{team.id}/advice/{how}", json={"to": [team.commissioner_id]})


async def delivered(team: ATeam) -> dict[str, Any]:
    recommendation = await drafted(team)
    await judged(team)
    await ok(await hand_over(team, "presentation"))
    await ok(await hand_over(team, "delivery"))
    return recommendation
