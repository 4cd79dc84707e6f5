"""Bringing earlier events into an organisation's trail, over HTTP."""

from domain.events.team import TeamFormed
from domain.foundation import Selector
from tests.conftest import Api
from tests.service.api.examples.advice import drafted
from tests.service.api.examples.team import a_team, ok


async def test_a_trail_shows_earlier_events_where_they_were_brought_in(api: Api) -> None:
    team = await a_team(api)
    recommendation = await drafted(team)
    mapper = api.kring.commands.mapper
    formed, _ = await api.kring.log.read(mapper.query([Selector(types=[TeamFormed], tags=[team.id])]))
    drafts, _ = await api.kring.log.read(mapper.query([Selector(types=[], tags=[recommendation["id"]])]))
    path = f"/organisations/{team.clinic}/trail"
    body = {"positions": [formed[0].position], "reason": "De kliniek neemt het over"}
    for name, status in {"other": 404, "facilitator": 404, "commissioner": 404, "stranger": 403}.items():
        assert (await getattr(team, name).post(f"{path}/brought-in", json=body)).status_code == status, name
    assert (await team.manager.post(f"{path}/brought-in", json={"positions": body["positions"]})).status_code == 422
    for positions, field in (
        ([drafts[0].position], "positions.0"),
        ([2**40], "positions.0"),
        ([0], "positions"),
        ([formed[0].position] * 2, "positions"),
        ([], "positions"),
    ):
        answer = await team.manager.post(f"{path}/brought-in", json=body | {"positions": [*positions]})
        if positions == [2**40]:
            assert answer.status_code == 404  # nothing of a programme of one's own
            continue
        refused = await ok(answer, 422)
        assert field in refused["detail"] + str(refused.get("errors")), refused
    answer = await team.manager.post(f"{path}/brought-in", json=body)
    (line,) = (await ok(answer))["items"]
    (earlier,) = line["brought_in"]
    assert (earlier["position"], earlier["type"], earlier["index"]) == (
        formed[0].position,
        "team.formed",
        line["index"],
    )
    shown = await ok(await team.stranger.get(path, params={"at_least": answer.headers["Kring-Position"]}), 200)
    assert (shown["items"][-1]["type"], shown["items"][-1]["reason"]) == ("trail.brought_in", body["reason"])
    assert shown["items"][-1]["brought_in"][0]["position"] == formed[0].position
    assert (await ok(await team.manager.post(f"{path}/brought-in", json=body), 409))["code"] == "already-told"
    nowhere = path.replace(team.clinic, "organisation_01h45ytscbebyvny4gc8cr8ma2")
    assert (await team.manager.post(f"{nowhere}/brought-in", json=body)).status_code == 404
