"""Search in a programme and in what concerns an organisation, over HTTP."""

from typing import Any

import httpx
import pytest

from service.clock_and_ids import new_id
from service.reading.searching import search
from tests.conftest import Api
from tests.service.api.examples.membership import WHY
from tests.service.api.examples.programme import made
from tests.service.api.examples.team import ATeam, a_team, at


async def shared(team: ATeam, text: str, member: int = 0) -> httpx.Response:
    """Share an insight with the team."""
    answer = await team.members[member].post(f"/teams/{team.id}/insights", json={"text": text})
    made(answer)
    return answer


async def found(client: httpx.AsyncClient, team: ATeam, q: str, **options: Any) -> dict[str, Any]:
    """The answer to a search in the programme, with views that show everything."""
    return made(await client.get(f"/programmes/{team.programme}/search", params={"q": q, **options}), 200)


def kinds(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in answer["items"]]


async def test_a_result_says_what_it_is_where_it_is_and_which_words_match(api: Api) -> None:
    team = await a_team(api)
    last = await shared(team, "In Zwolle zijn de Huizen voor jongeren te duur.")
    answer = await team.members[1].get(
        f"/programmes/{team.programme}/search",
        params={"q": "huis jongere", **at(last)},
        headers={"Accept-Language": "nl"},
    )
    (hit,) = made(answer, 200)["items"]
    assert hit["kind"] == "insight"
    assert hit["id"] == last.json()["id"]
    assert (hit["programme_id"], hit["team_id"], hit["of_id"]) == (team.programme, team.id, None)
    assert (hit["title"], hit["field"]) == (None, "text")
    assert hit["where"] == "de CoP over “Start-ups”"
    assert [hit["text"][one["start"] : one["end"]] for one in hit["matches"]] == ["Huizen", "jongeren"]


async def test_titles_come_before_texts_exact_words_before_stems_and_new_before_old(api: Api) -> None:
    team = await a_team(api)
    await shared(team, "Oud: een woning is duur.")
    await shared(team, "Nieuw: een woning is duur.")
    await shared(team, "Wij spreken over woningen.")
    body = {"title": "Een woning voor jongeren", "context": "Waarom.", "organisation_id": team.bank}
    last = await team.manager.post(f"/programmes/{team.programme}/challenges", json=body)
    answer = await found(team.manager, team, "woning jongeren", **at(last))
    assert kinds(answer) == [("challenge", "Een woning voor jongeren")]
    assert kinds(await found(team.manager, team, "woning een")) == [
        ("challenge", "Een woning voor jongeren"),
        ("insight", "Nieuw: een woning is duur."),
        ("insight", "Oud: een woning is duur."),
    ]
    assert kinds(await found(team.manager, team, "woningen over"))[0] == ("insight", "Wij spreken over woningen.")


async def test_a_cop_and_a_person_are_found_by_name(api: Api) -> None:
    team = await a_team(api)
    answer = await found(team.other, team, "start", at_least=await api.head())
    assert [(one["kind"], one["id"], one["title"]) for one in answer["items"]] == [
        ("team", team.id, "Start-ups"),
        ("challenge", team.challenge, "Start-ups"),
    ]
    answer = await found(team.other, team, "ann")
    assert [(one["kind"], one["id"], one["title"]) for one in answer["items"]] == [("person", team.people[0], "Anna")]


async def test_all_words_must_match_within_one_thing(api: Api) -> None:
    team = await a_team(api)
    last = await shared(team, "Alleen de eerste")
    await shared(team, "Alleen de tweede")
    assert kinds(await found(team.members[0], team, "eerste tweede", **at(last))) == []
    assert len((await found(team.members[0], team, "alleen"))["items"]) == 2


async def test_results_are_continued_by_a_cursor(api: Api) -> None:
    team = await a_team(api)
    made_ = [(await shared(team, f"Kenmerk {number}")).json()["id"] for number in range(5)]
    options: dict[str, Any] = {"limit": 2, "at_least": await api.head()}
    seen: list[str] = []
    while True:
        page = await found(team.members[0], team, "kenmerk", **options)
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        options["cursor"] = page["next"]
    assert seen == made_[::-1]
    refused = await team.members[0].get(
        f"/programmes/{team.programme}/search", params={"q": "kenmerk", "cursor": team.id}
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize("q", ["", "x" * 201, "?! …", None])
async def test_a_query_has_words_and_a_limited_length(api: Api, q: str | None) -> None:
    team = await a_team(api)
    for path in (f"/programmes/{team.programme}", f"/organisations/{team.bank}"):
        answer = await team.members[0].get(f"{path}/search", params={} if q is None else {"q": q})
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == ["q"]


async def test_the_past_is_searched_as_it_was(api: Api) -> None:
    team = await a_team(api)
    first = await shared(team, "Eerder kenmerk")
    position = first.headers["Kring-Position"]
    body = {"title": "Vroeger heette dit anders", "context": "Waarom.", "organisation_id": team.bank}
    challenge = made(await team.manager.post(f"/programmes/{team.programme}/challenges", json=body))["id"]
    then = await api.head()
    made(await team.manager.post(f"/challenges/{challenge}/revision", json={"title": "Nieuwe titel"}), 200)
    last = await shared(team, "Later kenmerk")
    assert len((await found(team.members[0], team, "kenmerk", **at(last)))["items"]) == 2
    assert kinds(await found(team.members[0], team, "kenmerk", as_of=position)) == [("insight", "Eerder kenmerk")]
    assert kinds(await found(team.members[0], team, "vroeger")) == []
    assert kinds(await found(team.members[0], team, "vroeger", as_of=then)) == [
        ("challenge", "Vroeger heette dit anders")
    ]
    assert kinds(await found(team.members[0], team, "anna", as_of=then)) == [("person", "Anna")]


async def test_a_redacted_text_is_not_found_nor_in_the_past(api: Api) -> None:
    team = await a_team(api)
    last = await shared(team, "Jan is ziek.")
    position = last.headers["Kring-Position"]
    assert len((await found(team.members[0], team, "ziek", **at(last)))["items"]) == 1
    body = {"field": "text", "reason": "Gezondheid van een persoon"}
    made(await team.manager.post(f"/events/{position}/redaction", json=body), 200)
    assert kinds(await found(team.members[0], team, "ziek")) == []
    assert kinds(await found(team.members[0], team, "ziek", as_of=position)) == []


async def test_a_search_says_when_it_was_cut_off(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    team = await a_team(api)
    old = await shared(team, "Kenmerk oud")
    new = await shared(team, "Kenmerk nieuw")
    assert not (await found(team.members[0], team, "kenmerk", **at(new)))["cut_off"]
    monkeypatch.setattr(search, "PORTION", 1)
    monkeypatch.setattr(search, "MAX_TEXTS", 1)
    answer = await found(team.members[0], team, "kenmerk")
    assert answer["cut_off"]
    assert [one["id"] for one in answer["items"]] == [new.json()["id"]]
    assert old.json()["id"] not in str(answer)


async def test_rule_10_a_former_member_finds_only_what_they_wrote(api: Api) -> None:
    team = await a_team(api)
    path = f"/teams/{team.id}"
    made(await team.members[3].post(f"{path}/problem-statement", json={"text": "Mijn kenmerk"}))
    made(await team.members[0].post(f"{path}/problem-statement", json={"text": "Hun kenmerk"}))
    await shared(team, "Ook mijn kenmerk", member=3)
    await shared(team, "Ook hun kenmerk")
    last = await team.manager.post(f"{path}/departures", json={"person_id": team.people[3], **WHY})
    answer = await found(team.members[3], team, "kenmerk", **at(last))
    assert kinds(answer) == [("insight", "Ook mijn kenmerk"), ("problem_statement", "Mijn kenmerk")]


async def test_rule_27_a_search_in_an_organisation_finds_what_concerns_it(api: Api) -> None:
    team = await a_team(api)
    path = f"/programmes/{team.programme}/challenges"
    theirs = {"title": "Kenmerk van de bank", "context": "Waarom.", "organisation_id": team.bank}
    others = {"title": "Kenmerk van de kliniek", "context": "Waarom.", "organisation_id": team.clinic}
    made(await team.manager.post(path, json=theirs))
    last = await team.manager.post(path, json=others)
    await shared(team, "Kenmerk van de CoP")

    async def concerned(client: httpx.AsyncClient, q: str = "kenmerk") -> set[str]:
        answer = await client.get(f"/organisations/{team.bank}/search", params={"q": q, **at(last)})
        return {one["text"] for one in made(answer, 200)["items"]}

    assert await concerned(team.commissioner) == {"Kenmerk van de bank"}
    assert await concerned(team.members[0]) == {"Kenmerk van de bank", "Kenmerk van de CoP"}
    assert await concerned(team.manager) == {"Kenmerk van de bank", "Kenmerk van de CoP"}
    assert await concerned(team.stranger) == set()
    assert await concerned(team.stranger, "rabobank") == {"Rabobank IJsseldelta"}
    assert await concerned(team.commissioner, "anna") == {"Anna"}


async def test_nothing_is_found_where_nothing_may_be_read(api: Api) -> None:
    team = await a_team(api)
    elsewhere = made(await team.manager.post("/programmes", json={"name": "Andere", "edition": "2017"}))["id"]
    for path in (
        f"/programmes/{elsewhere}",
        f"/programmes/{new_id('programme')}",
        f"/organisations/{new_id('organisation')}",
    ):
        assert (await team.members[0].get(f"{path}/search", params={"q": "x"})).status_code == 404
