"""From a certified result to teams, over HTTP."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from domain.foundation import AssignmentId
from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.forming import Stage, made, staged
from workers.solving.assigning import solve

NOBODY = "person_01h45ytscbebyvny4gc8cr8ma2"
NOTHING = "assignment_01h45ytscbebyvny4gc8cr8ma2"


async def refused(answer: httpx.Response, status: int, code: str, field: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["code"] == code
    if field is not None:
        assert [one["field"] for one in problem["errors"]] == [field]


async def test_preferences_become_teams(api: Api) -> None:
    stage = await staged(api)
    p, facilitator, (anna, *_) = stage.programme, stage.facilitator, stage.clients
    early = await anna.put(f"/programmes/{p}/preferences", json={"ranking": []})
    await refused(early, 409, "no-result-yet")
    await refused(await facilitator.post(f"/programmes/{p}/team-assignments"), 409, "no-result-yet")
    a, b, c = await stage.certify()

    await stage.rank([[a, b, c]] * 6 + [[b, a, c]] * 5)
    body = {"ranking": [c, b], "motivation": "Zorg ligt me na aan het hart"}
    answer = await stage.clients[11].put(f"/programmes/{p}/preferences", json=body)
    mine = await made(answer, 200)
    assert (mine["ranking"], mine["motivation"], mine["in_person"]) == ([c, b], body["motivation"], True)
    at_least = answer.headers["Kring-Position"]
    read = await made(await stage.clients[11].get(f"/programmes/{p}/preferences?at_least={at_least}"), 200)
    assert read == mine

    assignment = await stage.request()
    path = f"/team-assignments/{assignment}"
    await refused(await facilitator.post(f"{path}/adoption"), 409, "nothing-proposed")
    await solve(api.kring, AssignmentId(assignment))
    await solve(api.kring, AssignmentId(assignment))
    head = await api.kring.log.head()
    proposed = await made(await facilitator.get(f"{path}?at_least={head}"), 200)
    assert proposed["status"] == "proposed"
    assert sorted(len(team["member_ids"]) for team in proposed["proposal"]) == [4, 4, 4]
    assert len(proposed["explanations"]) == 12
    shown = await made(await anna.get(path), 200)
    assert [one["person_id"] for one in shown["explanations"]] == [stage.people[0]]

    await refused(await anna.post(f"{path}/adoption"), 403, "not-allowed")
    answer = await facilitator.post(f"{path}/adoption")
    adopted = await made(answer)
    assert adopted["assignment"]["status"] == "adopted"
    assert [one["id"] for one in adopted["teams"]] == adopted["assignment"]["team_ids"]
    assert sorted(one["challenge_id"] for one in adopted["teams"]) == sorted([a, b, c])
    assert sorted(one for team in adopted["teams"] for one in team["member_ids"]) == sorted(stage.people)
    assert {one["status"] for one in adopted["teams"]} == {"formed"}
    await refused(await facilitator.post(f"{path}/adoption"), 409, "teams-adopted")
    await refused(await anna.put(f"/programmes/{p}/preferences", json={"ranking": [a]}), 409, "teams-adopted")

    at_least = answer.headers["Kring-Position"]
    listed = await made(await anna.get(f"/programmes/{p}/teams?at_least={at_least}"), 200)
    assert sorted(one["id"] for one in listed["items"]) == sorted(adopted["assignment"]["team_ids"])
    team = adopted["teams"][0]
    assert await made(await anna.get(f"/teams/{team['id']}"), 200) == team
    challenge = await made(await anna.get(f"/challenges/{team['challenge_id']}"), 200)
    assert challenge["status"] == "in_progress"
    assignments = await made(await facilitator.get(f"/programmes/{p}/team-assignments"), 200)
    assert [one["status"] for one in assignments["items"]] == ["adopted"]


async def test_rule_24_an_adoption_sent_twice_forms_the_teams_once(api: Api) -> None:
    stage = await staged(api)
    await stage.certify()
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    path, key = f"/team-assignments/{assignment}/adoption", {"Idempotency-Key": "adopt"}
    first = await made(await stage.facilitator.post(path, headers=key))
    assert await made(await stage.facilitator.post(path, headers=key)) == first
    head = await api.kring.log.head()
    listed = await made(await stage.manager.get(f"/programmes/{stage.programme}/teams?at_least={head}"), 200)
    assert sorted(one["id"] for one in listed["items"]) == sorted(first["assignment"]["team_ids"])


async def test_changes_after_a_proposal_make_it_stale(api: Api) -> None:
    stage = await staged(api)
    a, b, c = await stage.certify()
    await stage.rank([[a, b, c]] * 12)
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    await stage.rank([[c]])
    head = await api.kring.log.head()
    shown = await made(await stage.facilitator.get(f"/team-assignments/{assignment}?at_least={head}"), 200)
    assert shown["status"] == "stale"
    answer = await stage.facilitator.post(f"/team-assignments/{assignment}/adoption")
    await refused(answer, 409, "assignment-stale")


async def moved(stage: Stage) -> httpx.Response:
    path = f"/programmes/{stage.programme}/participants/{stage.people[0]}/organisation"
    return await stage.manager.post(path, json={"organisation_id": stage.organisations[3]})


async def withdrawn(stage: Stage) -> httpx.Response:
    path = f"/programmes/{stage.programme}/participants/{stage.people[0]}/withdrawal"
    return await stage.manager.post(path, json={"reason": "Andere baan"})


async def enrolled(stage: Stage) -> httpx.Response:
    late = await made(await stage.manager.post("/people", json={"name": "Laat", "email": f"{new_id('x')}@example.org"}))
    return await stage.manager.post(f"/programmes/{stage.programme}/participants", json={"person_id": late["id"]})


@pytest.mark.parametrize("change", [moved, withdrawn, enrolled])
async def test_a_change_of_participants_makes_a_proposal_stale(
    api: Api, change: Callable[[Stage], Awaitable[httpx.Response]]
) -> None:
    stage = await staged(api)
    await stage.certify()
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    answer = await change(stage)
    assert answer.is_success, answer.text
    at_least = answer.headers["Kring-Position"]
    shown = await made(await stage.facilitator.get(f"/team-assignments/{assignment}?at_least={at_least}"), 200)
    assert shown["status"] == "stale"
    answer = await stage.facilitator.post(f"/team-assignments/{assignment}/adoption")
    await refused(answer, 409, "assignment-stale")


async def test_a_late_solution_uses_the_state_at_the_time_of_the_request(api: Api) -> None:
    stage = await staged(api)
    a, b, c = await stage.certify()
    await stage.rank([[a, b, c]] * 12)
    first = await stage.request()
    await stage.rank([[c]])
    second = await stage.request()
    await solve(api.kring, AssignmentId(second))
    await solve(api.kring, AssignmentId(first))
    head = await api.kring.log.head()
    shown = await made(
        await stage.facilitator.get(f"/programmes/{stage.programme}/team-assignments?at_least={head}"), 200
    )
    assert {one["id"]: one["status"] for one in shown["items"]} == {first: "stale", second: "proposed"}


async def test_an_infeasible_request_suggests_relaxations(api: Api) -> None:
    stage = await staged(api, people=9)
    await stage.certify()
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    head = await api.kring.log.head()
    shown = await made(await stage.facilitator.get(f"/team-assignments/{assignment}?at_least={head}"), 200)
    assert shown["status"] == "infeasible"
    assert shown["infeasible"]["constraint"] == "people"
    assert {one["setting"]: one["value"] for one in shown["infeasible"]["relaxations"]} == {
        "min_team": 3,
        "challenges": 2,
        "people": 12,
    }
    answer = await stage.facilitator.post(f"/team-assignments/{assignment}/adoption")
    await refused(answer, 409, "nothing-proposed")

    programme = await made(await stage.manager.get(f"/programmes/{stage.programme}"), 200)
    smaller = {"name": programme["name"], "edition": programme["edition"], "policies": {"min_team": 3}}
    await made(await stage.manager.put(f"/programmes/{stage.programme}", json=smaller), 200)
    again = await stage.request()
    await solve(api.kring, AssignmentId(again))
    head = await api.kring.log.head()
    shown = await made(await stage.facilitator.get(f"/team-assignments/{again}?at_least={head}"), 200)
    assert shown["status"] == "proposed"


async def test_a_facilitator_overrides_placements_and_sizes_with_reasons(api: Api) -> None:
    stage = await staged(api)
    a, *_ = await stage.certify()
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    head = await api.kring.log.head()
    path = f"/team-assignments/{assignment}"
    proposed = await made(await stage.facilitator.get(f"{path}?at_least={head}"), 200)
    person = next(team["member_ids"][0] for team in proposed["proposal"] if team["challenge_id"] != a)
    move = {"person_id": person, "challenge_id": a}
    without = await stage.facilitator.post(f"{path}/adoption", json={"overrides": [move]})
    assert without.status_code == 422
    overrides = [{**move, "reason": "Werkt al samen met een lid"}]
    sizes = await stage.facilitator.post(f"{path}/adoption", json={"overrides": overrides})
    await refused(sizes, 409, "team-sizes", "overrides")
    stranger = [{**overrides[0], "person_id": NOBODY}]
    answer = await stage.facilitator.post(f"{path}/adoption", json={"overrides": stranger})
    await refused(answer, 422, "unknown-person", "overrides.0.person_id")
    body = {"overrides": overrides, "reason": "Drie is hier genoeg"}
    adopted = await made(await stage.facilitator.post(f"{path}/adoption", json=body))
    team = next(one for one in adopted["teams"] if one["challenge_id"] == a)
    assert person in team["member_ids"]
    assert len(team["member_ids"]) == 5
    assert adopted["assignment"]["overrides"][0]["reason"] == overrides[0]["reason"]
    head = await api.kring.log.head()
    other = next(n for n, one in enumerate(stage.people) if one != person)
    shown = await made(await stage.clients[other].get(f"{path}?at_least={head}"), 200)
    assert shown["overrides"] == []


async def test_invalid_preferences_are_refused_by_field(api: Api) -> None:
    stage = await staged(api)
    a, *_ = await stage.certify()
    path = f"/programmes/{stage.programme}/preferences"
    anna, facilitator = stage.clients[0], stage.facilitator
    await refused(await anna.put(path, json={"ranking": [a, a]}), 422, "named-twice", "ranking")
    await refused(await anna.put(path, json={"ranking": [stage.challenges[3]]}), 422, "not-selected", "ranking")
    await refused(await anna.put(path, json={"ranking": ["team_1"]}), 422, "invalid", "ranking.0")
    await refused(await anna.put(path, json={}), 422, "invalid")
    other = {"ranking": [a], "person_id": NOBODY}
    await refused(await facilitator.put(path, json=other), 422, "unknown-person", "person_id")


async def test_participants_see_and_change_only_their_own_preferences(api: Api) -> None:
    stage = await staged(api)
    a, b, _ = await stage.certify()
    path = f"/programmes/{stage.programme}/preferences"
    (anna, bert, *_), facilitator = stage.clients, stage.facilitator
    theirs = {"ranking": [a], "person_id": stage.people[1]}
    await refused(await anna.put(path, json=theirs), 403, "not-allowed")
    entered = await made(await facilitator.put(path, json=theirs), 200)
    assert entered["in_person"] is False
    await made(await bert.put(path, json={"ranking": [b]}), 200)
    await refused(await facilitator.put(path, json=theirs), 422, "reason-missing", "reason")
    answer = await facilitator.put(path, json={**theirs, "reason": "Op verzoek, telefonisch"})
    await made(answer, 200)
    at_least = answer.headers["Kring-Position"]
    of_bert = f"{path}?person_id={stage.people[1]}&at_least={at_least}"
    assert (await made(await bert.get(of_bert), 200))["ranking"] == [a]
    assert (await made(await facilitator.get(of_bert), 200))["ranking"] == [a]
    await refused(await anna.get(of_bert), 404, "not-found")
    await refused(await anna.get(path), 404, "not-found")

    await refused(await anna.post(f"/programmes/{stage.programme}/team-assignments"), 403, "not-allowed")
    assignment = await stage.request()
    outsider = await api.as_("commissioner", organisations=(stage.organisations[3],))
    await refused(await outsider.get(f"/team-assignments/{assignment}"), 404, "not-found")
    await refused(await outsider.post(f"/team-assignments/{assignment}/adoption"), 404, "not-found")
    await refused(await outsider.put(path, json=theirs), 404, "not-found")
    await refused(await facilitator.get(f"/team-assignments/{NOTHING}"), 404, "not-found")
    await refused(await facilitator.post(f"/team-assignments/{NOTHING}/adoption"), 404, "not-found")


async def test_a_commissioner_sees_only_the_teams_of_their_organisation(api: Api) -> None:
    stage = await staged(api)
    await stage.certify()
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    answer = await stage.facilitator.post(f"/team-assignments/{assignment}/adoption")
    teams = (await made(answer))["teams"]
    at_least = answer.headers["Kring-Position"]
    commissioner = await api.as_("commissioner", organisations=(stage.organisations[0],))
    listed = await made(await commissioner.get(f"/programmes/{stage.programme}/teams?at_least={at_least}"), 200)
    own = [one["id"] for one in teams if one["organisation_id"] == stage.organisations[0]]
    assert [one["id"] for one in listed["items"]] == own
    for team in teams:
        found = await commissioner.get(f"/teams/{team['id']}")
        assert found.status_code == (200 if team["id"] in own else 404)


async def test_a_contact_for_one_challenge_sees_only_its_team(api: Api) -> None:
    stage = await staged(api)
    await stage.certify()
    assignment = await stage.request()
    await solve(api.kring, AssignmentId(assignment))
    teams = (await made(await stage.facilitator.post(f"/team-assignments/{assignment}/adoption")))["teams"]
    for n in (0, 3):
        organisation, challenge = stage.organisations[n], stage.challenges[n]
        person = await made(await stage.manager.post("/people", json={"name": "C", "email": api.address(f"c{n}")}))
        body = {"person_id": person["id"], "role": "commissioner", "challenge_ids": [challenge]}
        answer = await stage.manager.post(f"/organisations/{organisation}/contacts", json=body)
        await made(answer)
        contact = await api.as_("commissioner", person["id"])
        at_least = answer.headers["Kring-Position"]
        listed = await made(await contact.get(f"/programmes/{stage.programme}/teams?at_least={at_least}"), 200)
        assert [one["id"] for one in listed["items"]] == [
            one["id"] for one in teams if one["challenge_id"] == challenge
        ]


@pytest.mark.parametrize("reason", [None, "Was ziek"])
async def test_after_the_close_only_a_facilitator_enters_preferences_with_a_reason(
    api: Api, reason: str | None
) -> None:
    stage = await staged(api)
    a, *_ = await stage.certify()
    past = (now() - timedelta(minutes=1)).isoformat()
    await made(
        await stage.manager.put(f"/programmes/{stage.programme}/phases", json={"preferences_close_at": past}), 200
    )
    path = f"/programmes/{stage.programme}/preferences"
    await refused(await stage.clients[0].put(path, json={"ranking": [a], "reason": reason}), 409, "too-late")
    entered = await stage.facilitator.put(path, json={"ranking": [a], "person_id": stage.people[0], "reason": reason})
    assert entered.status_code == (409 if reason is None else 200)
