"""Unusual people: without an organisation, in two programmes, replacing somebody, or all from one organisation.

Over HTTP; everybody has a token of their own.
"""

from datetime import timedelta

from service.clock_and_ids import now
from tests.conftest import Api
from tests.journeys.examples.season import a_house, a_season
from tests.service.api.examples.programme import made


async def test_a_participant_without_an_organisation_takes_part_in_everything(api: Api) -> None:
    house = await a_house(api)
    bank, clinic = await house.organisation("Rabobank"), await house.organisation("Isala")
    season = await a_season(house, [None, bank, bank, bank, clinic, clinic], clinic, challenges=3)
    anna, path = season.clients[0], f"/programmes/{season.programme}"
    (place,) = made(await anna.get("/me"), 200)["programmes"]
    assert (place["role"], place["organisation_id"]) == ("participant", None)
    body = {"title": "Van mij", "context": "Het raakt me.", "organisation_id": bank}
    made(await anna.post(f"{path}/challenges", json=body))
    selected = await season.choose(2)
    made(await anna.put(f"{path}/preferences", json={"ranking": selected[:1]}), 200)
    proposed = await season.propose_teams()
    assert proposed["status"] == "proposed"
    teams = await season.adopt(proposed["id"])
    (mine,) = [one for one in teams if season.people[0] in one["member_ids"]]
    assert mine["challenge_id"] == selected[0]
    now_known = {"at_least": await api.kring.log.head()}
    assert made(await anna.get(f"/teams/{mine['id']}", params=now_known), 200)["status"] == "formed"
    made(await anna.post(f"/teams/{mine['id']}/problem-statement", json={"text": "Dit is er aan de hand."}))
    trail = await house.trail(await house.commissioner(bank), bank)
    enrolled = [one for one in trail if one["type"] == "programme.participant_enrolled"]
    assert len(enrolled) == 3, "an organisation is told of whom it sent, and of nobody else"


async def test_rule_25_one_person_participates_in_one_programme_and_guides_another(api: Api) -> None:
    house = await a_house(api)
    bank = await house.organisation("Rabobank")
    season = await a_season(house, [bank] * 3, bank, challenges=1)
    anna, other = season.people[0], await house.programme("Andere leergang")
    made(await house.manager.post(f"/programmes/{other}/facilitators", json={"person_id": anna}))
    again = await house.manager.post(f"/programmes/{season.programme}/facilitators", json={"person_id": anna})
    assert (again.status_code, again.json()["code"]) == (409, "one-role")
    as_participant, as_guide = season.clients[0], await api.as_("facilitator", anna)
    for client in (as_participant, as_guide):
        places = made(await client.get("/me"), 200)["programmes"]
        assert {one["id"]: one["role"] for one in places} == {season.programme: "participant", other: "facilitator"}
    body = {"person_id": season.people[1]}
    made(await as_guide.post(f"/programmes/{other}/participants", json=body))
    assert (await as_participant.post(f"/programmes/{other}/participants", json=body)).status_code == 404
    proposal = {"title": "Van mij", "context": "Het raakt me.", "organisation_id": bank}
    made(await as_participant.post(f"/programmes/{season.programme}/challenges", json=proposal))
    assert (await as_guide.post(f"/programmes/{season.programme}/challenges", json=proposal)).status_code == 404
    assert (await as_guide.post(f"/challenges/{season.challenges[0]}/admission")).status_code == 404
    assert (await as_participant.get(f"/programmes/{other}")).status_code == 404


async def test_rule_23_actions_of_a_replaced_facilitator_keep_their_name(api: Api) -> None:
    house = await a_house(api)
    bank = await house.organisation("Rabobank")
    season = await a_season(house, [bank] * 6, bank, challenges=3)
    await season.choose(2)
    mine, _ = teams = await season.adopt((await season.propose_teams())["id"])
    old, path = season.guide, f"/programmes/{season.programme}"

    keen = await house.person("Kees Kort")
    replaced = {"reason": "Ziek", "person_id": keen}
    made(await house.manager.post(f"{path}/facilitators/{season.guide_id}/replacement", json=replaced), 200)
    one_team = {"person_id": await house.person("Nora Nieuw"), "reason": "Toch niet"}
    first = await api.as_("facilitator", keen)
    made(await first.get(path), 200)
    made(await house.manager.post(f"{path}/facilitators/{keen}/replacement", json=one_team), 200)
    assert (await first.get(path)).status_code == 404
    new = await api.as_("facilitator", one_team["person_id"])

    starts = now() - timedelta(hours=1)
    moments = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    session = {"kind": "session", "number": 1, "place": "Zwolle", **moments}
    for client, to in ((old, path), (old, f"/teams/{mine['id']}"), (old, f"{path}/participants")):
        assert (await client.get(to)).status_code == 404
    assert (await old.post(f"{path}/gatherings", json=session)).status_code == 404
    comment = {"on": mine["id"], "text": "Goed bezig"}
    assert (await old.post(f"/teams/{mine['id']}/comments", json=comment)).status_code == 404
    planned = made(await new.post(f"{path}/gatherings", json=session))
    for team in teams:
        made(await new.post(f"/teams/{team['id']}/comments", json={**comment, "on": team["id"]}))

    trail = await house.trail(house.manager, bank)
    by = {one["type"]: one["by"] for one in trail}
    assert by["challenge.admitted"] == by["team.formed"] == "Gerda Gids"
    assert by["gathering.planned"] == "Nora Nieuw"
    assert planned["status"] == "planned"
    assert not any("facilitator" in one["type"] for one in trail), "who guides is the programme's own business"


async def test_participants_from_a_single_organisation_can_be_assigned_to_teams(api: Api) -> None:
    house = await a_house(api)
    bank = await house.organisation("Rabobank")
    season = await a_season(house, [bank] * 8, bank, challenges=3)
    selected = await season.choose(2)
    proposed = await season.propose_teams()
    assert (proposed["status"], proposed["infeasible"]) == ("proposed", None)
    assert proposed["objective"]["organisations"] == 2, "one in each of two teams"
    assert {one["challenge_id"] for one in proposed["proposal"]} == set(selected)
    teams = await season.adopt(proposed["id"])
    assert sorted(one for team in teams for one in team["member_ids"]) == sorted(season.people)
