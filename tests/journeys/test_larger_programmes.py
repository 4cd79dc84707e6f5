"""Programmes of twenty-four and of sixty over HTTP: their ballots, CoPs and first joint session."""

import httpx

from domain.calculations.counting import default_seats
from tests.conftest import Api
from tests.journeys.examples.cop import a_cop
from tests.journeys.examples.season import Json, Season
from tests.journeys.examples.stages import a_programme, assigned, balloted, met
from tests.service.api.examples.gatherings import refused


async def test_twenty_four_participants_make_four_cops_by_default(api: Api) -> None:
    house, season, senders = await a_programme(api, 24, 6)
    stranger = await house.commissioner(await house.organisation("Elders"))
    await bring_in(season, senders, 7)
    first, *others = season.challenges
    crowd = [[first, others[0], others[1]]] * 12 + [[others[2]]] * 6 + [[others[3], others[4]]] * 4
    result = await balloted(season, crowd, default_seats(24, 4, 8))
    assert len(result["selected"]) == 4
    assert others[2] in result["selected"], "six of twenty-four are as many as a team: they get one"
    assert {first, *others[:2]} & set(result["selected"]), "and of what half of them like, some"
    a, b, c, d = result["selected"]
    for number in range(20):
        await season.rank(number, *[(a, b, c), (b, a), (c, d, a, b), (d,)][number % 4])
    teams = await assigned(season, result["selected"])
    await check_visibility(season, teams, stranger)
    held = await met(season, 1, "team_formation")
    assert sorted(held["held_for_team_ids"]) == sorted(one["id"] for one in teams)
    refused(await house.manager.post(f"{season.path}/conclusion"), 422, "reason-missing", "reason")
    assert (await season.conclude(reason="Het jaar is om"))["status"] == "concluded"
    listed = await house.see(season.clients[3], f"{season.path}/teams")
    assert {one["status"] for one in listed["items"]} == {"concluded"}


async def test_sixty_participants_choose_eight_of_thirteen_challenges_and_meet(api: Api) -> None:
    house, season, senders = await a_programme(api, 60, 8)
    stranger = await house.commissioner(await house.organisation("Elders"))
    await bring_in(season, senders, 13)
    mine = season.challenges
    approvals = [
        [mine[number % 13], mine[number % 8]] if number % 13 != number % 8 else [mine[number % 8]]
        for number in range(55)
    ]
    result = await balloted(season, approvals, default_seats(60, 4, 8))
    selected = result["selected"]
    assert len(selected) == 8
    for number in range(50):
        start = number % 8
        await season.rank(number, selected[start], selected[(start + 1) % 8], selected[(start + 3) % 8])
    teams = await assigned(season, selected)
    assert len(teams) == 8
    await check_visibility(season, teams, stranger)
    held = await met(season, 1, "team_formation")
    assert (len(held["held_for_team_ids"]), len(held["attendance"])) == (8, 60)
    assert (await season.conclude(reason="Tot hier"))["status"] == "concluded"


async def bring_in(season: Season, organisations: list[str], challenges: int) -> None:
    """Propose and admit participants' challenges, for each organisation in turn."""
    for number in range(challenges):
        organisation = organisations[number % len(organisations)]
        one = await season.propose(season.clients[number], f"Vraagstuk {number}", organisation)
        await season.admit(one["id"], organisation)


async def check_visibility(season: Season, teams: list[Json], stranger: httpx.AsyncClient) -> None:
    """Check that members write in their CoP, others of the programme read it, and its commissioner reads the members."""
    house = season.house
    first, second = (a_cop(season, one) for one in teams[:2])
    of_first, of_second = [
        await house.contact(season.commissioned[one.challenge], one.challenge) for one in (first, second)
    ]
    for one in (*first.members, *second.members, season.guide, house.manager, of_first.client):
        assert (await season.team(first.id, one))["member_ids"] == first.people
    await house.hidden(first.path, of_second.client, stranger)
    insight = (await first.make(0, "insights", text="Van ons."))["id"]
    refused(await second.members[0].post(f"{first.path}/insights", json={"text": "Ook van ons?"}), 403, "not-allowed")
    for one in (first.members[-1], season.guide):
        assert [it["id"] for it in (await house.see(one, f"{first.path}/insights"))["items"]] == [insight]
    assert (await house.see(second.members[0], f"{first.path}/insights"))["items"] == []
    await house.hidden(f"/insights/{insight}", second.members[0], of_first.client, stranger)
