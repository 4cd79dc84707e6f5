"""A team's story, evidence graph and research overview: readers and contents."""

from msgspec.structs import replace

from domain.events.team import MemberLeft, TeamDissolved
from domain.foundation import ChallengeId, PersonId, ProgrammeId, TeamId, Words
from tests.conftest import Api
from tests.service.api.examples.advice import CSL, drafted, hand_over, judged, recommend, write
from tests.service.api.examples.team import ATeam, Given, a_team, at, ok


async def left(api: Api, team: ATeam, member: int) -> None:
    event = MemberLeft(
        team=TeamId(team.id),
        programme=ProgrammeId(team.programme),
        organisation=None,
        person=PersonId(team.people[member]),
    )
    await api.kring.commands.execute(lambda: Given(event))


async def test_a_team_reads_its_story_in_words_page_by_page(api: Api) -> None:
    team = await a_team(api)
    await drafted(team)
    anna = team.members[0]
    insight = await anna.post(f"/teams/{team.id}/insights", json={"text": "Het gaat om plek", "reason": "Gehoord"})
    path = f"/teams/{team.id}/timeline"
    for reader in (anna, team.facilitator, team.manager):
        story = await ok(await reader.get(path, params=at(insight)), 200)
        assert (story["items"][0]["type"], story["items"][-1]["type"]) == ("team.formed", "research.insight_shared")
        assert story["next"] is None
    last = story["items"][-1]
    assert (last["sentence"], last["by"], last["reason"]) == (
        "An insight was shared: “Het gaat om plek”.",
        "Anna",
        "Gehoord",
    )
    dutch = await ok(await anna.get(path, headers={"Accept-Language": "nl"}), 200)
    assert dutch["items"][-1]["sentence"] == "Een inzicht werd gedeeld: “Het gaat om plek”."
    first = await ok(await anna.get(path, params={"limit": 2}), 200)
    next_page = await ok(await anna.get(path, params={"cursor": first["next"]}), 200)
    assert [*first["items"], *next_page["items"]] == (await ok(await anna.get(path), 200))["items"]
    then = await ok(await anna.get(path, params={"as_of": first["items"][-1]["position"]}), 200)
    assert then["items"] == first["items"]
    for outsider in (team.other, team.commissioner, team.stranger):
        assert (await outsider.get(path)).status_code == 404


async def test_guides_read_why_a_member_left_and_members_that_a_reason_exists(api: Api) -> None:
    team = await a_team(api)
    event = MemberLeft(
        team=TeamId(team.id),
        programme=ProgrammeId(team.programme),
        organisation=None,
        person=PersonId(team.people[3]),
    )

    def leaving() -> Given:
        command = Given(event)
        command.by = replace(command.by, reason=Words("Ziek"))
        return command

    done = {"at_least": str((await api.kring.commands.execute(leaving)).last)}
    for reader, reason in ((team.facilitator, "Ziek"), (team.members[0], "on record")):
        entry = (await ok(await reader.get(f"/teams/{team.id}/timeline", params=done), 200))["items"][-1]
        assert (entry["type"], entry["reason"]) == ("team.member_left", reason)
    assert (await team.members[3].get(f"/teams/{team.id}/timeline")).status_code == 404


async def test_the_graph_shows_evidence_staleness_and_withdrawn_consent(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    path = f"/teams/{team.id}/evidence-graph"
    assert await ok(await anna.get(path), 200) == {"nodes": [], "edges": []}
    first = await drafted(team)
    who = {"who": "Ondernemer", "role": "Oprichter", "sector": "start_up"}
    interview = (await ok(await anna.post(f"/teams/{team.id}/interviews", json=who)))["id"]
    await ok(await anna.post(f"/interviews/{interview}/holding", json={"findings": "Plek"}), 200)
    about = {"text": "Het gaat om plek", "about": interview}
    insight = (await ok(await anna.post(f"/teams/{team.id}/insights", json=about)))["id"]
    stakeholder = (await ok(await anna.post(f"/teams/{team.id}/stakeholders", json={"name": "Wethouder"})))["id"]
    second = await recommend(team, "Een plek", insight, addressee={"stakeholder_id": stakeholder})
    await ok(await anna.post(f"/interviews/{interview}/consent", json={"scope": None}), 200)
    written = await write(team, "answer", text="Anders")
    await ok(written)
    shown = await ok(await anna.get(path, params=at(written)), 200)
    nodes = {one["id"]: one for one in shown["nodes"]}
    assert {(one["from"], one["to"], one["kind"]) for one in shown["edges"]} == {
        ("problem_statement", "guiding_question", "leads_to"),
        ("guiding_question", "answer", "leads_to"),
        ("answer", first["id"], "leads_to"),
        ("answer", second["id"], "leads_to"),
        (first["id"], first["evidence"][0], "cites"),
        (first["id"], team.bank, "addresses"),
        (second["id"], insight, "cites"),
        (second["id"], stakeholder, "addresses"),
        (insight, interview, "about"),
    }
    assert nodes.keys() == {end for one in shown["edges"] for end in (one["from"], one["to"])}
    assert nodes[first["id"]]["warnings"] == ["stale"]
    assert (nodes[interview]["warnings"], nodes[interview]["title"]) == (["consent-withdrawn"], "Ondernemer")
    assert (nodes[first["evidence"][0]]["title"], nodes[stakeholder]["title"]) == (CSL["title"], "Wethouder")
    before = await ok(await anna.get(path, params={"as_of": int(written.headers["Kring-Position"]) - 1}), 200)
    assert {one["id"]: one["warnings"] for one in before["nodes"]}[first["id"]] == []
    for outsider in (team.other, team.commissioner, team.stranger):
        assert (await outsider.get(path)).status_code == 404


async def test_commissioners_see_only_presented_parts_and_shared_evidence_in_the_graph(
    api: Api,
) -> None:
    team = await a_team(api)
    recommendation = await drafted(team)
    await judged(team)
    await ok(await hand_over(team, "presentation"))
    later = await recommend(team, "Nog een", recommendation["evidence"][0])
    path = f"/teams/{team.id}/evidence-graph"
    waited = await write(team, "answer")
    shown = await ok(await team.commissioner.get(path, params=at(waited)), 200)
    nodes = {one["id"]: one for one in shown["nodes"]}
    assert later["id"] not in nodes
    assert nodes[recommendation["id"]]["title"] == "Verbind de initiatieven"
    (source,) = recommendation["evidence"]
    assert (nodes[source]["title"], nodes[source]["status"]) == (None, None)
    share = {"item_id": source, "with": "commissioner"}
    answer = await team.members[0].post(f"/teams/{team.id}/shares", json=share)
    await ok(answer)
    shown = await ok(await team.commissioner.get(path, params=at(answer)), 200)
    assert {one["id"]: one["title"] for one in shown["nodes"]}[source] == CSL["title"]


async def test_the_research_overview_has_all_findings_of_a_team(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    await ok(await anna.post(f"/teams/{team.id}/sources", json={"csl": CSL}))
    trip = (await ok(await anna.post(f"/teams/{team.id}/trips", json={"theme": "Hubs", "destination": "Delft"})))["id"]
    day = {"starts_at": "2016-11-15T10:00:00Z", "ends_at": "2016-11-15T12:00:00Z"}
    await ok(await anna.post(f"/trips/{trip}/itinerary", json={"title": "YES!Delft", "place": "Delft", **day}))
    await ok(await anna.post(f"/teams/{team.id}/stakeholders", json={"name": "Wethouder"}))
    answer = await anna.post(f"/teams/{team.id}/files", files={"file": ("a.txt", b"x")})
    await ok(answer)
    path = f"/teams/{team.id}/research"
    shown = await ok(await anna.get(path, params=at(answer)), 200)
    found = {
        kind: len(shown[kind]) for kind in ("sources", "interviews", "insights", "visits", "stakeholders", "files")
    }
    assert found == {"sources": 1, "interviews": 0, "insights": 0, "visits": 1, "stakeholders": 1, "files": 1}
    for outsider in (team.other, team.commissioner):
        assert (await ok(await outsider.get(path), 200))["visits"] == []
        assert (await ok(await outsider.get(path), 200))["files"] == []


async def test_rule_10_a_former_member_keeps_reading_only_their_own_work(api: Api) -> None:
    team = await a_team(api)
    anna, bert, *_ = team.members
    mine, theirs = [
        (await ok(await who.post(f"/teams/{team.id}/sources", json={"csl": CSL})))["id"] for who in (anna, bert)
    ]
    await ok(await anna.post(f"/teams/{team.id}/insights", json={"text": "Van Anna"}))
    answer = await anna.post(f"/teams/{team.id}/files", files={"file": ("a.txt", b"x")})
    file = (await ok(answer))["id"]
    await left(api, team, 0)
    assert (await anna.get(f"/sources/{mine}", params=at(answer))).status_code == 200
    assert (await anna.get(f"/files/{file}/content")).content == b"x"
    assert (await anna.get(f"/sources/{theirs}")).status_code == 404
    listed = await ok(await anna.get(f"/teams/{team.id}/sources"), 200)
    assert [one["id"] for one in listed["items"]] == [mine]
    assert len((await ok(await anna.get(f"/teams/{team.id}/insights"), 200))["items"]) == 1
    assert (await anna.post(f"/teams/{team.id}/sources", json={"csl": CSL})).status_code == 403


async def test_rule_22_the_last_members_of_an_ended_team_can_read_but_not_write_its_work(api: Api) -> None:
    team = await a_team(api)
    anna = team.members[0]
    source = (await ok(await team.members[1].post(f"/teams/{team.id}/sources", json={"csl": CSL})))["id"]
    await drafted(team)
    ended = TeamDissolved(
        team=TeamId(team.id),
        programme=ProgrammeId(team.programme),
        organisation=None,
        challenge=ChallengeId(team.challenge),
        members=tuple(PersonId(one) for one in team.people[:4]),
    )
    done = {"at_least": str((await api.kring.commands.execute(lambda: Given(ended))).last)}
    assert (await anna.get(f"/sources/{source}", params=done)).status_code == 200
    for path in ("advice", "timeline", "evidence-graph", "research"):
        assert (await anna.get(f"/teams/{team.id}/{path}")).status_code == 200
    for refused in (await anna.post(f"/teams/{team.id}/sources", json={"csl": CSL}), await write(team, "answer")):
        assert (refused.status_code, refused.json()["code"]) == (409, "team-over")
