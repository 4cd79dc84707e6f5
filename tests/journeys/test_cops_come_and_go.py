"""CoPs that get late joiners, become too small and merge, or end, over HTTP: consequences for work and sessions."""

from service import mailbox
from tests.conftest import Api
from tests.journeys.examples.cop import Cop
from tests.journeys.examples.season import Season, a_house, a_season
from tests.journeys.examples.small_cops import small_cops
from tests.service.api.examples.gatherings import refused
from tests.service.api.examples.programme import made
from tests.workers.examples.stage import Stage, working

WHY = {"reason": "Andere baan"}


def subjects(api: Api, person: str) -> list[str]:
    """Subjects of the mails that a person got."""
    return [one.subject for one in mailbox.entries(api.kring.config.data) if one.person == person]


# Late joiners


async def test_rule_1_people_who_join_during_a_ballot_miss_only_that_ballot(api: Api) -> None:
    house = await a_house(api)
    bank = await house.organisation("Rabobank")
    season = await a_season(house, [bank] * 6, bank, challenges=3)
    ballot = await season.open()
    late = await season.enrol("Lotte Later", bank)
    lotte, path = season.client(late), f"/ballots/{ballot['id']}"
    assert late not in (await house.see(lotte, path))["elector_ids"]
    refused(await lotte.put(f"{path}/vote", json={"approvals": season.challenges[:1]}), 409, "not-an-elector")
    assert [one["kind"] for one in (await house.see(lotte, "/me/to-dos"))["items"]] == []
    for number in range(6):
        await season.vote(ballot["id"], number, season.challenges[number % 2])
    await season.end(ballot["id"])
    result = await season.result(ballot["id"], lotte)
    assert (result["turnout"], len(result["roll_ids"])) == (6, 6)
    assert [one["kind"] for one in (await house.see(lotte, "/me/to-dos"))["items"]] == ["rank"]
    await season.rank(6, result["selected"][1])

    proposed = await season.propose_teams()
    later = await season.enrol("Moes Nog-Later", None)
    stale = await house.see(season.guide, f"/team-assignments/{proposed['id']}")
    assert stale["status"] == "stale"
    refused(await season.guide.post(f"/team-assignments/{proposed['id']}/adoption"), 409, "assignment-stale")
    teams = await season.adopt((await season.propose_teams())["id"])
    (hers,) = [one for one in teams if late in one["member_ids"]]
    assert hers["challenge_id"] == result["selected"][1]
    assert any(later in one["member_ids"] for one in teams)


async def test_rule_10_a_late_joiner_placed_by_a_facilitator_reads_earlier_work(api: Api) -> None:
    season, (first, second), (commissioner, *_) = await small_cops(api, 8, 2)
    insight = (await first.make(0, "insights", text="Van voor haar tijd."))["id"]
    held = await season.session(1)
    await season.hold(held["id"], "team_formation")
    late = await season.enrol("Lotte Later", None)
    lotte = season.client(late)
    refused(await lotte.put(f"{season.path}/preferences", json={"ranking": []}), 409, "teams-adopted")
    await season.house.hidden(f"/insights/{insight}", lotte)
    assert (await season.house.see(lotte, f"/gatherings/{held['id']}"))["status"] == "held"
    body = {"person_id": late}
    for one in (lotte, first.members[0]):
        refused(await one.post(f"{first.path}/members", json=body), 403, "not-allowed")
    stage = Stage(api.kring)
    async with working(api.kring):
        made(await season.guide.post(f"{first.path}/members", json=body), 200)
        await stage.settled("mail_team_joined")
    assert "Leergang 2016: je hoort nu bij een CoP" in subjects(api, late)
    refused(await season.guide.post(f"{second.path}/members", json=body), 409, "already-in-a-team", "person_id")

    assert late in (await season.team(first.id, commissioner.client))["member_ids"]
    await season.house.see(lotte, f"/insights/{insight}")
    await season.house.hidden(f"/insights/{insight}", second.members[0])
    made(await lotte.post(f"{first.path}/insights", json={"text": "Van mij."}))
    listed = await season.hold((await season.session(2))["id"], "presenting")
    assert {one["person_id"] for one in listed["attendance"]} == set(season.people)
    evidence = await first.research()
    await first.write(evidence, "Verbind ze.")
    for number in range(4):
        await first.make(number, "advice/approval", verdict="approve")
    early = await first.members[0].post(f"{first.path}/advice/presentation", json={"to": [commissioner.id]})
    refused(early, 409, "not-everyone-answered")
    made(await lotte.post(f"{first.path}/advice/approval", json={"verdict": "approve"}))
    assert (await first.hand_over("presentation", commissioner))["status"] == "presented"


# A CoP that becomes too small


async def test_rule_10_a_cop_of_three_loses_a_member_and_merges_with_its_neighbour(api: Api) -> None:
    season, (large, small), (goes_on, closed, _) = await small_cops(api, 7, 2)
    house, anna, bert = season.house, small.members[0], small.members[1]
    assert (len(large.people), len(small.people)) == (4, 3)
    await season.hold((await season.session(1))["id"], "team_formation")
    hers = (await small.make(0, "insights", text="Van Anna."))["id"]
    kept = (await small.make(2, "insights", text="Van wie weggaat."))["id"]
    theirs = (await large.make(0, "insights", text="Van de buren."))["id"]
    await house.hidden(f"/insights/{theirs}", anna)
    await left(api, season, small)
    await house.see(small.members[2], f"/insights/{kept}")
    await house.hidden(f"/insights/{hers}", small.members[2])

    stage = Stage(api.kring)
    async with working(api.kring):
        await merged_as_proposed(season, small, large)
        await stage.settled("mail_team_merged")
        await stage.settled("mail_team_ended")
    assert "Leergang 2016: een CoP over jullie vraagstuk is gestopt" in subjects(api, closed.id)
    assert not any("gestopt" in one for one in subjects(api, goes_on.id))
    merged = await season.team(large.id, anna)
    assert (merged["status"], set(merged["member_ids"])) == ("active", {*large.people, *small.people[:2]})
    again = await season.guide.post(f"{large.path}/merger", json={"into_team_id": small.id, **WHY})
    refused(again, 409, "team-over", "into_team_id")

    board = await season.board()
    assert (board[small.challenge], board[large.challenge]) == ("closed", "in_progress")
    assert (await house.see(closed.client, f"/challenges/{small.challenge}"))["status"] == "closed"
    of_closed, of_other = [
        {one["type"]: str(one) for one in await house.trail(contact.client, season.commissioned[challenge])}
        for contact, challenge in ((closed, small.challenge), (goes_on, large.challenge))
    ]
    assert WHY["reason"] in of_closed["team.merged"]
    assert WHY["reason"] in of_other["team.merged"]
    assert WHY["reason"] not in of_closed["team.member_left"], (
        "that a reason is on record is all that organisations read"
    )
    assert "team.member_left" not in of_other

    await readable(season, small, large, hers, theirs)
    made(await anna.post(f"{large.path}/insights", json={"text": "Nu samen."}))
    refused(await bert.post(f"{small.path}/insights", json={"text": "Nog alleen."}), 409, "team-over")
    session = await season.session(2)
    held = await season.hold(session["id"], "presenting")
    assert held["held_for_team_ids"] == [large.id]
    assert (await season.minutes(session["id"], anna, large.members[0]))["minutes"]["status"] == "approved"
    assert (await season.conclude(reason="Het jaar is om"))["status"] == "concluded"
    assert [(await season.team(one.id))["status"] for one in (small, large)] == ["merged", "concluded"]


async def left(api: Api, season: Season, cop: Cop) -> None:
    """Make a member leave: the CoP falls below the minimum, and its guide and the manager are notified."""
    goer = cop.people[-1]
    stage = Stage(api.kring)
    async with working(api.kring):
        body = {"person_id": goer, **WHY}
        gone = made(await cop.members[-1].post(f"{cop.path}/departures", json=body), 200)
        assert (gone["warnings"], gone["former_member_ids"]) == (["below-minimum"], [goer])
        await stage.settled("mail_team_small")
    manager = (await season.house.see(season.house.manager, "/me"))["person"]["id"]
    for one in (season.guide_id, manager):
        assert "Leergang 2016: een CoP is te klein" in subjects(api, one)
    for one in cop.people:
        assert not any("te klein" in subject for subject in subjects(api, one))


async def merged_as_proposed(season: Season, small: Cop, large: Cop) -> None:
    """Carry out the merger that the list of repairs proposes to the guide."""
    refused(await small.members[0].get(f"{small.path}/repairs"), 403, "not-allowed")
    proposed = (await season.house.see(season.guide, f"{small.path}/repairs"))["items"]
    (chosen,) = [one for one in proposed if (one["kind"], one["closes_team_id"]) == ("merge", small.id)]
    ((path, body),) = [(one["path"].removeprefix("/api/v1"), one["body"]) for one in chosen["requests"]]
    refused(await small.members[0].post(path, json={**body, **WHY}), 403, "not-allowed")
    refused(await season.guide.post(path, json=body), 422, "reason-missing", "reason")
    ended = made(await season.guide.post(path, json={**body, **WHY}), 200)
    assert (ended["status"], ended["into_team_id"], ended["member_ids"]) == ("merged", large.id, small.people[:2])
    assert (await season.house.see(season.guide, f"{large.path}/repairs"))["items"] == []


async def readable(season: Season, small: Cop, large: Cop, hers: str, theirs: str) -> None:
    """Check that a merged CoP's last members read the work of both, and others only what is shared."""
    house = season.house
    for insight in (hers, theirs):
        for one in (*small.members[:2], season.guide):
            await house.see(one, f"/insights/{insight}")
    await house.see(large.members[0], f"/insights/{theirs}")
    await house.hidden(f"/insights/{theirs}", small.members[-1])


# A CoP that ends


async def test_rule_10_the_members_of_a_dissolved_cop_move_on_to_the_others(api: Api) -> None:
    season, (first, second, third), (*_, commissioner, _) = await small_cops(api, 9, 3)
    house = season.house
    await season.hold((await season.session(1))["id"], "team_formation")
    insight = (await third.make(0, "insights", text="Blijft."))["id"]
    for one, status in ((third.members[0], 403), (season.guide, 403), (commissioner.client, 403)):
        assert (await one.post(f"{third.path}/dissolution", json=WHY)).status_code == status
    ended = made(await house.manager.post(f"{third.path}/dissolution", json=WHY), 200)
    assert (ended["status"], ended["member_ids"]) == ("dissolved", third.people)
    assert (await season.board())[third.challenge] == "closed"
    events = {one["type"]: one for one in await house.trail(commissioner.client, season.commissioned[third.challenge])}
    assert WHY["reason"] in str(events["team.dissolved"])

    for person, to in zip(third.people, (first, first, second), strict=True):
        client = season.client(person)
        await house.see(client, f"/insights/{insight}")
        assert (await client.post(f"{to.path}/insights", json={"text": "Mag ik al?"})).status_code == 403
        made(await season.guide.post(f"{to.path}/members", json={"person_id": person}), 200)
        made(await client.post(f"{to.path}/insights", json={"text": "Nu wel."}))
        await house.see(client, f"/insights/{insight}")
    await house.hidden(f"/insights/{insight}", first.members[0], second.members[0], commissioner.client)
    over = await season.guide.post(f"{third.path}/members", json={"person_id": third.people[0]})
    refused(over, 409, "team-over")
    moved = {"person_id": third.people[0], "to_team_id": third.id, **WHY}
    refused(await season.guide.post(f"{first.path}/transfers", json=moved), 409, "team-over", "to_team_id")

    sizes = {one.id: len((await season.team(one.id))["member_ids"]) for one in (first, second)}
    assert sizes == {first.id: 5, second.id: 4}
    held = await season.hold((await season.session(2))["id"], "presenting")
    assert sorted(held["held_for_team_ids"]) == sorted([first.id, second.id])
    assert len(held["attendance"]) == 9
    assert (await season.conclude(reason="Het jaar is om"))["status"] == "concluded"
    listed = await house.see(season.clients[0], f"{season.path}/teams")
    assert {one["id"]: one["status"] for one in listed["items"]} == {
        first.id: "concluded",
        second.id: "concluded",
        third.id: "dissolved",
    }
