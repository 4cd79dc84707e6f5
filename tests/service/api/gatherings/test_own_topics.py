"""Names chosen by people and clients are quoted as chosen everywhere (rule 31)."""

from datetime import timedelta

from service.clock_and_ids import now
from tests.conftest import Api
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import a_team

OWN = [{"key": "people", "title": "Mensenkennis"}, {"key": "quorum", "title": "Quorum voor beginners"}]


async def test_rule_31_custom_topics_appear_by_title_and_errors_by_field(api: Api) -> None:
    team = await a_team(api)
    made(await team.manager.put(f"/programmes/{team.programme}/curriculum", json={"topics": OWN}), 200)
    began = now() - timedelta(hours=3)
    when = {"starts_at": began.isoformat(), "ends_at": (began + timedelta(hours=2)).isoformat(), "place": "Zwolle"}
    planned = made(await team.members[0].post(f"/teams/{team.id}/gatherings", json={**when, "kind": "own"}))
    path = f"/gatherings/{planned['id']}"
    made(await team.members[0].post(f"{path}/holding", json={"topics": ["people", "quorum"]}), 200)
    head = {"at_least": await api.kring.log.head()}
    trail = made(await team.commissioner.get(f"/organisations/{team.bank}/trail", params=head), 200)["items"]
    (sentence,) = [one["sentence"] for one in trail if one["type"] == "gathering.held"]
    assert "Mensenkennis and Quorum voor beginners" in sentence
    people = [{"person_id": team.people[0], "present": False, "reason": "\x00"}]
    for language in ("en", "nl"):
        answer = await team.members[0].post(
            f"{path}/attendance", json={"people": people}, headers={"Accept-Language": language}
        )
        problem = made(answer, 422)
        assert problem["errors"][0]["field"] == "people.0.reason"
        assert "challenges" not in problem["detail"]
        assert "vraagstukken" not in problem["detail"]
