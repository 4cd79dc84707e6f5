"""Stages that every journey through a whole programme has, with the checks that hold for any participants."""

import base64
import hashlib
from collections import Counter

from tests.conftest import Api
from tests.journeys.examples.season import House, Json, Season, a_house, a_season, recounted, seed_of
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.programme import made

ORGANISATIONS = (
    "Rabobank IJsseldelta",
    "Isala",
    "Windesheim",
    "Gemeente Zwolle",
    "Waterschap",
    "ROC",
    "Enexis",
    "Deltion",
)


async def a_programme(api: Api, participants: int, organisations: int) -> tuple[House, Season, list[str]]:
    """A programme with default policies, whose participants come from all the organisations."""
    house = await a_house(api)
    senders = [await house.organisation(one) for one in ORGANISATIONS[:organisations]]
    sent: list[str | None] = [senders[number % organisations] for number in range(participants)]
    return house, await a_season(house, sent, senders[0], 0, min_team=4), senders


# Ballots


async def balloted(season: Season, approvals: list[list[str]], seats: int) -> Json:
    """Hold a ballot with default seats; nothing is visible before the count and everybody can recount it afterwards."""
    opened = await season.open()
    assert (opened["status"], opened["seats"], opened["warnings"]) == ("open", seats, [])
    assert (opened["rule"], opened["secrecy"], opened["quorum_permille"]) == ("equal_shares/1", "named", 500)
    assert sorted(opened["elector_ids"]) == sorted(season.people)
    assert set((await season.board()).values()) >= {"on_ballot"}
    for number, one in enumerate(approvals):
        await season.vote(opened["id"], number, *one)
    path = f"/ballots/{opened['id']}"
    readers = [season.clients[0], season.guide, season.house.manager]
    for one in readers:
        running = await season.house.see(one, path)
        assert (running["status"], running["turnout"]) == ("open", len(approvals))
    await season.house.hidden(f"{path}/result", *readers)
    made(await season.guide.post(f"{path}/close"), 200)
    await season.house.hidden(f"{path}/result", *readers)
    made(await season.guide.post(f"{path}/count"), 200)
    for one in readers:
        result = await season.result(opened["id"], one)
        assert (result["status"], result["turnout"]) == ("counted", len(approvals))
        assert recounted(result, opened, season.commissioned) == result["selected"]
        assert Counter(frozenset(one["approvals"]) for one in result["papers"]) == Counter(map(frozenset, approvals))
        committed = base64.urlsafe_b64encode(hashlib.sha256(seed_of(result)).digest()).rstrip(b"=").decode()
        assert committed == opened["tie_seed_commitment"], "the seed was fixed before the first vote"
    assert set((await season.board()).values()) >= {"on_ballot"}, "it is not certified yet"
    made(await season.guide.post(f"{path}/certification"), 200)
    return await season.result(opened["id"])


async def assigned(season: Season, selected: list[str], policies: tuple[int, int] = (4, 8)) -> list[Json]:
    """Propose and adopt teams: everybody in one team, one team per challenge, sizes within the policy."""
    proposed = await season.propose_teams()
    assert (proposed["status"], proposed["infeasible"]) == ("proposed", None)
    assert {one["person_id"] for one in proposed["explanations"]} == set(season.people)
    own = await season.house.see(season.clients[0], f"/team-assignments/{proposed['id']}")
    assert [one["person_id"] for one in own["explanations"]] == season.people[:1], (
        "why others are where they are is theirs"
    )
    refused(await season.clients[0].post(f"/team-assignments/{proposed['id']}/adoption"), 403, "not-allowed")
    teams = await season.adopt(proposed["id"])
    assert sorted(one for team in teams for one in team["member_ids"]) == sorted(season.people)
    assert {one["challenge_id"] for one in teams} == set(selected)
    least, most = policies
    assert all(least <= len(one["member_ids"]) <= most for one in teams)
    assert {one["status"] for one in teams} == {"formed"}
    listed = await season.house.see(season.clients[-1], f"{season.path}/teams")
    assert {one["id"] for one in listed["items"]} == {one["id"] for one in teams}
    board = await season.board()
    assert {board[one] for one in selected} == {"in_progress"}
    return teams


async def met(season: Season, number: int, *topics: str) -> Json:
    """Hold a joint session with an absentee, and approve its minutes."""
    planned = await season.session(number)
    for one in (season.clients[0], season.clients[-1]):
        assert (await season.house.see(one, f"/gatherings/{planned['id']}"))["status"] == "planned"
    refused(await season.clients[0].post(f"/gatherings/{planned['id']}/holding"), 403, "not-allowed")
    missed = season.people[number]
    listed = await season.hold(planned["id"], *topics, absent={missed: "Griep"})
    assert {one["person_id"] for one in listed["attendance"] if not one["present"]} == {missed}
    refused(await season.client(missed).post(f"/gatherings/{planned['id']}/minutes-approval"), 403, "was-not-there")
    approved = await season.minutes(planned["id"], season.clients[0], season.clients[-1])
    assert approved["minutes"]["status"] == "approved"
    return approved
