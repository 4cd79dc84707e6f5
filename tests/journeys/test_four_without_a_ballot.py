"""Four people and one challenge over HTTP: no vote, one CoP, and a follow-up that outlives the programme."""

from datetime import timedelta

from service.clock_and_ids import now
from tests.conftest import Api
from tests.journeys.examples.cop import Cop, a_cop
from tests.journeys.examples.season import Contact, Season, a_house, a_season
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.programme import made


async def test_rule_1_with_too_few_challenges_the_manager_chooses_with_a_reason(api: Api) -> None:
    house = await a_house(api)
    bank, clinic = await house.organisation("Rabobank"), await house.organisation("Isala")
    season = await a_season(house, [bank, clinic, None, None], bank, challenges=1, min_team=4)
    (only,) = season.challenges
    to = await house.contact(bank, only)
    closes_at = (now() + timedelta(hours=1)).isoformat()
    body = {"challenge_ids": [only], "closes_at": closes_at}
    assert (await season.guide.post(f"{season.path}/ballots", json=body)).status_code == 422
    refused(await season.guide.post(f"{season.path}/team-assignments"), 409, "no-result-yet")
    await chosen(season, only)
    cop = a_cop(season, (await season.adopt((await season.propose_teams())["id"]))[0])
    assert set(cop.people) == set(season.people)
    await gathered(season, cop, to)
    (recommendation,) = await cop.write(await cop.research(), "Verbind de initiatieven.")
    await cop.judge()
    await cop.hand_over("presentation", to)
    await cop.hand_over("delivery", to)
    assert (await season.conclude())["status"] == "concluded", "everything was delivered: no reason is asked"
    await followed_up(season, cop, to, recommendation)


async def chosen(season: Season, only: str) -> None:
    """Choose the challenge with a reason, once; everybody reads the choice."""
    reason, path = "Er was er maar één.", f"{season.path}/choice"
    body = {"challenge_ids": [only], "how": "few"}
    why = {**body, "reason": reason}
    refused(await season.clients[0].post(path, json=why), 403, "not-allowed")
    refused(await season.house.manager.post(path, json=body), 422, "reason-missing", "reason")
    made(await season.house.manager.post(path, json=why), 200)
    assert (await season.house.manager.post(path, json=why)).status_code == 409
    for one in (season.clients[0], season.guide):
        assert await season.board(one) == {only: "selected"}
    for one in season.clients:
        assert [it["kind"] for it in (await season.house.see(one, "/me/to-dos"))["items"]] == ["rank"]
    trail = await season.house.trail(season.house.manager, season.commissioned[only])
    (event,) = [one for one in trail if one["type"] == "programme.challenges_chosen"]
    assert reason in str(event)


async def gathered(season: Season, cop: Cop, to: Contact) -> None:
    """Hold an own gathering and plan an own date for a session; the challenge's commissioner reads when."""
    begins = now() - timedelta(hours=1)
    when = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat(), "place": "Zwolle"}
    own = await cop.make(0, "gatherings", kind="own", **when)
    refused(await season.guide.post(f"/gatherings/{own['id']}/holding"), 403, "not-allowed")
    assert made(await cop.members[1].post(f"/gatherings/{own['id']}/holding"), 200)["held_for_team_ids"] == [cop.id]
    assert await cop.status() == "active"
    refused(
        await cop.members[0].post(f"{cop.path}/gatherings", json={"kind": "session", "number": 1, **when}),
        403,
        "not-allowed",
    )
    date = made(await season.guide.post(f"{cop.path}/gatherings", json={"kind": "session", "number": 1, **when}))
    assert made(await season.guide.post(f"/gatherings/{date['id']}/holding"), 200)["held_for_team_ids"] == [cop.id]
    for one in (own, date):
        shown = await season.house.see(to.client, f"/gatherings/{one['id']}")
        assert (shown["status"], shown["attendance"], shown["minutes"]) == ("held", [], None)


async def followed_up(season: Season, cop: Cop, to: Contact, recommendation: str) -> None:
    """Respond, rejoin, commit, report progress and finish after the programme has ended; the challenge is closed."""
    path = f"/recommendations/{recommendation}"
    assert [await cop.status(), (await season.board())[cop.challenge]] == ["concluded", "advised"]
    given = made(await to.client.post(f"{path}/response", json={"verdict": "partly_accepted", "reason": "Niet alles."}))
    assert given["status"] == "partly_accepted"
    made(await cop.members[2].post(f"{path}/rejoinder", json={"text": "Toch alles."}))
    promise = {"text": "Een kwartiermaker", "owner": "J. Jansen", "due_on": "2027-03-01"}
    commitment = made(await to.client.post(f"{path}/commitments", json=promise))["commitment_ids"][0]
    moved = {"due_on": "2027-06-01", "reason": "Vacature"}
    made(await to.client.post(f"/commitments/{commitment}/move", json=moved), 200)
    made(await to.client.post(f"{path}/progress", json={"text": "Zij is begonnen."}))
    let_go = {"outcome": "released", "reason": "Het liep anders."}
    settled = made(await to.client.post(f"/commitments/{commitment}/settlement", json=let_go), 200)
    assert (settled["status"], len(settled["due_dates"])) == ("released", 2)
    ending = {"outcome": "not_implemented", "reason": "Geen geld."}
    assert made(await to.client.post(f"{path}/closure", json=ending), 200)["status"] == "not_implemented"
    assert [await cop.status(), (await season.board())[cop.challenge]] == ["concluded", "closed"]
    listed = await season.house.see(cop.members[3], f"{season.path}/commitments")
    assert [one["status"] for one in listed["items"]] == ["released"]
    assert (await season.house.see(to.client, "/me/to-dos"))["items"] == []
