"""Earlier work remains when members leave, and leavers keep reading their own (rule 10), over HTTP."""

from typing import Any

import httpx

from tests.conftest import Api
from tests.service.api.examples.gatherings import DAY
from tests.service.api.examples.membership import WHY, another_team
from tests.service.api.examples.team import ATeam, a_team, at, ok
from tests.service.api.examples.trips import euros, idea

LISTS = ("sources", "insights", "interviews", "stakeholders", "comments", "recommendations", "problem-statement")


async def work_of(team: ATeam, member: httpx.AsyncClient) -> dict[str, str]:
    """One item of each kind that this member creates, by list; parts of an advice have no id."""
    path = f"/teams/{team.id}"
    interview = {"who": "Wil", "role": "Teler", "sector": "business"}
    csl = {"csl": {"type": "book", "title": "Kring"}}
    made = {
        "sources": (await ok(await member.post(f"{path}/sources", json=csl)))["id"],
        "insights": (await ok(await member.post(f"{path}/insights", json={"text": "Zo is het."})))["id"],
        "interviews": (await ok(await member.post(f"{path}/interviews", json=interview)))["id"],
        "stakeholders": (await ok(await member.post(f"{path}/stakeholders", json={"name": "Jo"})))["id"],
        "comments": (await ok(await member.post(f"{path}/comments", json={"on": team.id, "text": "En nu?"})))["id"],
    }
    await ok(await member.post(f"{path}/problem-statement", json={"text": "Ze vertrekken."}))
    advised = {"text": "Blijf", "evidence": [made["sources"]], "addressee": {"name": "De regio"}}
    made["recommendations"] = (await ok(await member.post(f"{path}/recommendations", json=advised)))["id"]
    return made


async def gathered(team: ATeam, *present: str) -> str:
    """Path of an own gathering with these attendees and minutes by Bert, once it is shown."""
    bert = team.members[1]
    path = (
        f"/gatherings/{(await ok(await bert.post(f'/teams/{team.id}/gatherings', json={'kind': 'own', **DAY})))['id']}"
    )
    await ok(await bert.post(f"{path}/holding"), 200)
    people = [{"person_id": one, "present": one in present} for one in team.people[:4]]
    await ok(await bert.post(f"{path}/attendance", json={"people": people}), 200)
    written = await bert.post(f"{path}/minutes", json={"text": "Wij waren er."})
    await ok(written, 200)
    await ok(await bert.get(path, params=at(written)), 200)
    return path


async def listed(api: Api, client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Current items of this list for a reader."""
    return (await ok(await client.get(path, params={"at_least": await api.kring.log.head()}), 200))["items"]


async def depart(team: ATeam, person: str) -> None:
    await ok(await team.facilitator.post(f"/teams/{team.id}/departures", json={"person_id": person, **WHY}), 200)


async def test_rule_10_leavers_keep_reading_only_their_own_work(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    hers, his = await work_of(team, anna), await work_of(team, bert)
    await depart(team, team.people[0])
    for kind in LISTS:
        seen, all_ = [await listed(api, one, f"/teams/{team.id}/{kind}") for one in (anna, bert)]
        assert (len(seen), len(all_)) == (1, 2), kind
        assert kind == "problem-statement" or seen[0]["id"] == hers[kind]
        if kind in hers:
            assert (await anna.get(f"/{kind}/{hers[kind]}")).status_code == 200, kind
            assert (await anna.get(f"/{kind}/{his[kind]}")).status_code == 404, kind
            assert (await team.other.get(f"/{kind}/{hers[kind]}")).status_code == 404, kind
    assert (await listed(api, anna, f"/teams/{team.id}/problem-statement"))[0]["version"] == 1
    assert (await anna.get(f"/teams/{team.id}/advice")).status_code == 404
    assert (await team.other.get(f"/teams/{team.id}/problem-statement")).status_code == 404
    assert (await team.other.get(f"/teams/{team.id}/comments")).status_code == 404


async def test_rule_10_leavers_cannot_edit_their_work_but_see_that_it_exists(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    hers, his = await work_of(team, anna), await work_of(team, bert)
    await depart(team, team.people[0])
    writing = {
        "POST /interviews/{interviews}/holding": {"findings": "Niets."},
        "POST /interviews/{interviews}/consent": {"scope": None},
        "POST /stakeholders/{stakeholders}/placement": {"power": 1, "interest": 1, "stance": 0, "desired_stance": 0},
        "POST /stakeholders/{stakeholders}/talks": {"outcome": "Goed."},
        "PUT /recommendations/{recommendations}": {
            "text": "Ga",
            "evidence": [hers["sources"]],
            "addressee": {"name": "De regio"},
            "based_on": 1,
        },
        "POST /recommendations/{recommendations}/rejoinder": {"text": "Toch niet."},
    }
    for operation, body in writing.items():
        method, _, path = operation.partition(" ")
        cases = ((anna, hers, 403), (anna, his, 404), (team.other, hers, 404))
        for client, things, status in cases:
            answer = await client.request(method, path.format(**things), json=body)
            assert answer.status_code == status, (operation, answer.text)


async def test_rule_10_leavers_read_the_version_of_a_recommendation_that_they_wrote(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    made = await work_of(team, anna)
    await depart(team, team.people[0])
    path = f"/recommendations/{made['recommendations']}"
    anew = {"text": "Ga", "evidence": [made["sources"]], "addressee": {"name": "De regio"}, "based_on": 1}
    now = await ok(await bert.put(path, json=anew), 200)
    assert (now["version"], now["text"], [one["written_by"] for one in now["versions"]]) == (2, "Ga", team.people[:2])
    then = await ok(await anna.get(path, params={"at_least": await api.kring.log.head()}), 200)
    assert (then["version"], then["text"], len(then["versions"])) == (1, "Blijf", 1)


async def test_rule_10_new_members_read_earlier_work_and_can_write_immediately(api: Api) -> None:
    team = await a_team(api)
    made = await work_of(team, team.members[0])
    path = await gathered(team, team.people[0])
    await ok(await team.facilitator.post(f"/teams/{team.id}/members", json={"person_id": team.people[4]}), 200)
    for kind in LISTS:
        assert len(await listed(api, team.other, f"/teams/{team.id}/{kind}")) == 1, kind
    assert (await ok(await team.other.get(path), 200))["minutes"]["text"] == "Wij waren er."
    answer = {"on": team.id, "text": "Ik doe mee.", "answers": made["comments"]}
    await ok(await team.other.post(f"/teams/{team.id}/comments", json=answer))


async def test_rule_10_leavers_keep_reading_gatherings_they_attended(api: Api) -> None:
    team = await a_team(api)
    anna, bert, cora, _ = team.members
    path = await gathered(team, team.people[0])
    for person in team.people[:3]:
        await depart(team, person)
    lists = [f"/teams/{team.id}/gatherings", f"/programmes/{team.programme}/gatherings"]
    for one in (anna, bert):  # she was there, he wrote the minutes
        assert (await ok(await one.get(path), 200))["minutes"]["text"] == "Wij waren er."
        assert [len(await listed(api, one, where)) for where in lists] == [1, 1]
    assert (await cora.get(path)).status_code == 404
    assert [len(await listed(api, cora, where)) for where in lists] == [0, 0]
    assert (await team.other.get(lists[0])).status_code == 404
    late = {"text": "Toch niet."}
    answers = [await one.post(f"{path}/minutes", json=late) for one in (anna, bert, cora, team.other)]
    assert [one.status_code for one in answers] == [403, 403, 404, 404]


async def test_rule_13_the_settlement_of_a_trip_includes_former_members(api: Api) -> None:
    team = await a_team(api)
    anna, bert, cora, _ = team.members
    path = await idea(team)
    paid = {"payer": team.people[0], "amount": euros(9_000), "text": "Trein"}
    halves = [{"person_id": one, "amount": euros(4_500)} for one in team.people[:2]]
    await ok(await anna.post(f"{path}/expenses", json=paid | {"split": halves}))
    await ok(await bert.post(f"{path}/expenses", json=paid))  # by all four
    for person in (team.people[0], team.people[2]):
        await depart(team, person)
    await ok(await bert.post(f"{path}/expenses", json=paid | {"payer": team.people[1]}))  # by the two who stayed
    head = {"at_least": await api.kring.log.head()}
    shown = await ok(await anna.get(path, params=head), 200)
    assert len(shown["expenses"]) == 2  # of the three, those of which she bears a part
    settlement = await ok(await anna.get(f"{path}/settlement", params=head), 200)
    assert settlement == await ok(await bert.get(f"{path}/settlement", params=head), 200)
    assert (await cora.get(path)).status_code == 200
    assert (await team.other.get(path)).status_code == 404
    done = {"learnings": "Beter vooraf bellen."}
    answers = [await one.post(f"{path}/completion", json=done) for one in (cora, team.other)]
    assert [one.status_code for one in answers] == [403, 404]


async def test_rule_10_the_last_members_of_a_merged_cop_read_the_work_of_both(api: Api) -> None:
    team = await a_team(api)
    other, people = await another_team(api, team)
    anna = team.members[0]
    sander = await api.as_("participant", people[0])
    await work_of(team, team.members[1])
    path = await gathered(team, team.people[1])
    theirs = (await ok(await sander.post(f"/teams/{other}/insights", json={"text": "Van ons."})))["id"]
    trip = await idea(team)
    await ok(await team.facilitator.post(f"/teams/{team.id}/merger", json={"into_team_id": other, **WHY}), 200)
    for kind in LISTS:
        assert len(await listed(api, anna, f"/teams/{team.id}/{kind}")) == 1, kind
        if kind not in {"comments", "problem-statement"}:
            assert await listed(api, sander, f"/teams/{team.id}/{kind}") == [], kind
    assert (await ok(await anna.get(path), 200))["minutes"]["text"] == "Wij waren er."
    assert len(await listed(api, anna, f"/teams/{team.id}/gatherings")) == 1
    assert len(await listed(api, anna, f"/programmes/{team.programme}/gatherings")) == 1
    assert (await anna.get(trip)).status_code == 200
    assert (await anna.get(f"/insights/{theirs}")).status_code == 200
    for where in (path, trip, f"/teams/{team.id}/comments"):
        assert (await sander.get(where)).status_code == 404, where
    feed = await ok(await anna.get("/events", params={"tag": team.id, "types": "research.insight_shared"}), 200)
    assert len(feed["items"]) == 1
    assert (await ok(await sander.get("/events", params={"tag": team.id, "types": "research"}), 200))["items"] == []
    late = await anna.post(f"{path}/minutes", json={"text": "Toch anders."})
    assert (await ok(late, 409))["code"] == "team-over"
    called_off = await anna.post(f"{path}/cancellation", json=WHY)  # what was planned may be; this was held
    assert (await ok(called_off, 409))["code"] == "gathering-over"
