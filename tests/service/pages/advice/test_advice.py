"""Pages about an advice: reading it, writing its parts in versions, judging it and handing it over."""

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page

from service.clock_and_ids import new_id, now
from tests.conftest import Api
from tests.service.api.examples.advice import delivered, drafted, hand_over, judged, write
from tests.service.api.examples.team import a_team, ok
from tests.service.pages.examples.visits import Visitor, sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def seen(api: Api, visitor: Visitor, path: str) -> str:
    """A page that shows everything recorded so far, as text."""
    answer = await visitor.get(path, recorded=str(await api.head()))
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return html.unescape(answer.text)


async def send(api: Api, visitor: Visitor, path: str, action: str, **fields: str | list[str]) -> int:
    """Send the form of an up-to-date page; return the status of the answer."""
    return (await visitor.send(f"{path}?recorded={await api.head()}", fields, action)).status_code


async def test_a_member_reads_the_whole_advice_with_its_evidence(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await drafted(team)
    anna = await visitors.of(team.people[0])
    page = await seen(api, anna, f"/teams/{team.id}/advice")
    for text in (
        "De problem-statement 😀",
        "“De guiding-question 😀”",
        "Kort",
        "Verbind de initiatieven",
        "Start-ups in Zwolle",
        "Nobody has judged this version yet.",
        "Record your verdict",
    ):
        assert text in page, text
    await ok(await write(team, "problem-statement", text="Scherper"))
    page = await seen(api, anna, f"/teams/{team.id}/advice")
    assert "4 parts may be out of date" in page
    assert page.count(">stale</span>") == 4


async def test_drafts_are_read_by_nobody_outside_the_team(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    recommendation = (await drafted(team))["id"]
    eva, banker = await visitors.of(team.people[4]), await visitors.of(team.commissioner_id)
    for one in (eva, banker):
        answer = await one.get(f"/teams/{team.id}/advice", recorded=str(await api.head()))
        assert answer.status_code in {200, 404}
        assert "😀" not in answer.text
        for path in (
            f"/recommendations/{recommendation}",
            f"/recommendations/{recommendation}/edit",
            f"/teams/{team.id}/advice/edit",
            f"/teams/{team.id}/advice/problem-statement",
            f"/teams/{team.id}/advice/handover",
            f"/teams/{team.id}/recommendations/new",
        ):
            assert (await one.get(path)).status_code == 404, path
    assert "This CoP has not shown you an advice." in await seen(api, eva, f"/teams/{team.id}/advice")
    stranger = await visitors.of(team.stranger_id)
    assert (await stranger.get(f"/teams/{team.id}/advice")).status_code == 404
    guide = await visitors.of(team.facilitator_id)
    page = await seen(api, guide, f"/teams/{team.id}/advice/answer")
    assert "De answer 😀" in page
    assert 'name="text"' not in page


async def test_a_fact_about_a_recommendation_quotes_what_its_commissioner_may_read(
    api: Api, visitors: "Visitors"
) -> None:
    team = await a_team(api)
    recommendation = await delivered(team)
    path = f"/recommendations/{recommendation['id']}"
    revised = {
        "text": "Een geheim concept",
        "evidence": recommendation["evidence"],
        "addressee": {"organisation_id": team.bank},
        "based_on": 1,
    }
    await ok(await team.members[0].put(path, json=revised), 200)
    draft = await api.head()
    await ok(await team.commissioner.post(f"{path}/response", json={"verdict": "accepted"}))
    behalf = {"Kring-On-Behalf-Of": team.bank}
    progress = {"text": "Begonnen", "reason": "De bank belde"}
    await ok(await team.manager.post(f"{path}/progress", json=progress, headers=behalf))
    reported = await api.head()
    banker = await visitors.of(team.commissioner_id)
    assert (await banker.get(f"/facts/{draft}")).status_code == 404
    page = await seen(api, banker, f"/facts/{reported}")
    assert "Verbind de initiatieven" in page
    assert "geheim" not in page


async def test_a_version_shows_what_it_changed_word_by_word(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/advice/problem-statement"
    first = {"text": "Starters kennen de banken niet.", "values": "Eigenheid"}
    assert await send(api, anna, path, path, **first) == 303
    hidden = await anna.hidden(f"{path}?recorded={await api.head()}", path)
    second = {**hidden, "text": "Starters kennen elkaar niet.", "values": "Eigenheid\nGunnen"}
    answers = [await anna.post(path, second) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    page = await seen(api, anna, path)
    assert "<del>de banken </del><ins>elkaar </ins>niet." in page
    assert "<ins>\nGunnen</ins>" in page or "<ins>Gunnen</ins>" in page
    assert "2 versions" in page, "the form that was sent twice wrote one version"
    back = await anna.get(path, recorded=str(await api.head()), **{"from": "2", "to": "1"})
    assert "<del>elkaar </del><ins>de banken </ins>niet." in back.text


async def test_whoever_writes_at_the_same_time_sees_both_texts(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = f"/teams/{team.id}/advice/answer"
    await ok(await write(team, "answer", text="Verbind ze."))
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1])
    mine = await anna.hidden(f"{path}?recorded={await api.head()}", path)
    assert await send(api, bert, path, path, text="Verbind ze nu.") == 303
    late = await anna.post(path, {**mine, "text": "Breng ze samen."})
    page = html.unescape(late.text)
    assert late.status_code == 409
    assert "Version 2 was written in the meantime." in page
    assert "Version 2, which Bert wrote meanwhile" in page
    assert "<del>ze.</del><ins>ze nu.</ins>" in page
    assert ">\nBreng ze samen.</textarea>" in page
    based_on, command = (re.search(rf'name="{one}" value="([^"]+)"', page) for one in ("based_on", "command"))
    assert based_on is not None
    assert command is not None
    assert based_on[1] == "2"
    merged = {**mine, "based_on": "2", "command": command[1], "text": "Breng ze nu samen."}
    assert (await anna.post(path, merged)).status_code == 303
    assert "Breng ze nu samen." in await seen(api, anna, path)


async def test_a_stale_part_is_confirmed_or_refused_as_outdated(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    recommendation = (await drafted(team))["id"]
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/advice/edit"
    await ok(await write(team, "problem-statement", text="Scherper"))
    page = await seen(api, anna, path)
    assert "4 parts may be out of date" in page
    action = f"/teams/{team.id}/advice/guiding-question/confirmation"
    hidden = await anna.hidden(f"{path}?recorded={await api.head()}", action)
    assert (await anna.post(action, hidden)).status_code == 303
    for slug in ("answer", "summary"):
        assert await send(api, anna, path, f"/teams/{team.id}/advice/{slug}/confirmation") == 303
    assert await send(api, anna, path, f"/recommendations/{recommendation}/confirmation") == 303
    page = await seen(api, anna, path)
    assert "Every part is written and holds together" in page
    assert "De guiding-question 😀" in page
    again = await anna.post(action, {**hidden, "command": "", "based_on": "1"})
    assert again.status_code == 409
    assert "Version 2 was written in the meantime." in again.text


async def test_what_is_missing_in_a_part_is_said_in_the_readers_language(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0], "nl"), f"/teams/{team.id}/advice/summary"
    answer = await anna.send(path, {"summary": "Kort"})
    assert answer.status_code == 422
    assert "Dit ontbreekt." in answer.text
    assert 'href="#summaryform-method"' in answer.text
    assert ">\nKort</textarea>" in answer.text
    assert (await anna.get(f"/teams/{team.id}/advice/preface")).status_code == 404
    blank = await anna.send(path, {"summary": "\u200b", "method": "Gesprekken"})
    assert blank.status_code == 422


async def test_members_approve_or_dissent_in_words(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await drafted(team)
    path = f"/teams/{team.id}/advice"
    anna, dirk = await visitors.of(team.people[0]), await visitors.of(team.people[3])
    assert await send(api, anna, path, f"{path}/verdict", verdict="approve") == 303
    wordless = await dirk.send(path, {"verdict": "dissent"}, f"{path}/verdict")
    assert wordless.status_code == 422
    assert 'href="#judgementform-text"' in wordless.text
    assert await send(api, dirk, path, f"{path}/verdict", verdict="dissent", text="Te weinig") == 303
    page = await seen(api, anna, path)
    assert "1 of the 4 members approved version 5." in page
    assert "Te weinig" in page
    page = await seen(api, anna, f"{path}/handover")
    assert "2 members have not judged it yet" in page
    assert "Bert and Cora" in page


async def test_an_advice_is_presented_and_delivered_to_its_commissioner(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, banker = await visitors.of(team.people[0]), await visitors.of(team.commissioner_id)
    path, page = f"/teams/{team.id}/advice", ""
    assert "4 parts are still missing" in await seen(api, anna, f"{path}/handover")
    recommendation = await drafted(team)
    early = await anna.send(
        f"{path}/handover?recorded={await api.head()}", {"to": team.commissioner_id}, f"{path}/handover/presentation"
    )
    assert early.status_code == 409
    assert "Members who have not approved or dissented yet: 4" in early.text
    await judged(team)
    nobody = await anna.send(f"{path}/handover?recorded={await api.head()}", {}, f"{path}/handover/presentation")
    assert nobody.status_code == 422
    handed = {"to": [team.commissioner_id]}
    assert await send(api, anna, f"{path}/handover", f"{path}/handover/presentation", **handed) == 303
    page = await seen(api, banker, path)
    assert "Verbind de initiatieven" in page
    assert "Eén plek is te weinig" in page
    assert f"{path}/edit" not in page
    revision = {"text": "Nog geheim", "evidence": recommendation["evidence"], "addressee": {"name": "De regio"}}
    await ok(await team.members[0].put(f"/recommendations/{recommendation['id']}", json=revision), 200)
    assert "Nog geheim" not in await seen(api, banker, path)
    assert "Nog geheim" not in await seen(api, banker, f"/recommendations/{recommendation['id']}")
    page = await seen(api, anna, path)
    assert "Nog geheim" in page
    then = await anna.get(path, recorded=str(await api.head()), handed_over="5")
    assert "Verbind de initiatieven" in then.text
    assert "Nog geheim" not in then.text
    assert (await anna.get(path, handed_over="4")).status_code == 404
    assert (await banker.get(path, handed_over="5")).status_code == 404, "they read the last one"
    await judged(team)
    assert await send(api, anna, f"{path}/handover", f"{path}/handover/presentation", **handed) == 303
    assert await send(api, anna, f"{path}/handover", f"{path}/handover/delivery", **handed) == 303
    assert "Version 6 is delivered" in await seen(api, anna, f"{path}/handover")
    assert "Respond to it" in await seen(api, banker, path)


async def test_the_past_shows_the_advice_as_it_was_and_no_forms(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await ok(await write(team, "problem-statement", text="Eerst zo"))
    then = await api.head()
    await ok(await write(team, "problem-statement", text="Daarna zo"))
    anna = await visitors.of(team.people[0])
    for path in ("/advice", "/advice/edit", "/advice/problem-statement"):
        page = (await anna.get(f"/teams/{team.id}{path}", as_of=str(then))).text
        assert "Eerst zo" in page, path
        assert "Daarna zo" not in page, path
        assert 'name="based_on"' not in page, path
        assert 'name="verdict"' not in page, path
    assert (await anna.get(f"/teams/{team.id}/advice", as_of="1")).status_code == 404


@pytest.mark.parametrize("language", ["en", "nl"])
async def test_the_advice_is_read_in_both_languages(api: Api, visitors: "Visitors", language: str) -> None:
    team = await a_team(api)
    await delivered(team)
    anna = await visitors.of(team.people[0], language)
    page = await seen(api, anna, f"/teams/{team.id}/advice")
    said = {"en": "3 of the 4 members approved version 5.", "nl": "3 van de 4 leden stemden in met versie 5."}
    assert said[language] in page
    assert len(page.encode()) < 50_000


async def test_nobody_else_hands_an_advice_over(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await drafted(team)
    await judged(team)
    path = f"/teams/{team.id}/advice/handover"
    hidden = await (await visitors.of(team.people[0])).hidden(
        f"{path}?recorded={await api.head()}", f"{path}/presentation"
    )
    for person in (team.people[4], team.commissioner_id, team.facilitator_id):
        other = await visitors.of(person)
        own = await other.hidden("/", "/language")
        sent, head = {**hidden, **own, "to": team.commissioner_id}, await api.head()
        assert (await other.post(f"{path}/presentation", sent)).status_code in {403, 404}
        assert await api.head() == head
    assert (await hand_over(team, "presentation")).status_code == 201


async def test_an_advice_fits_on_a_small_phone_and_prints_without_forms(api: Api, tab: Page) -> None:
    team = await a_team(api)
    await delivered(team)
    long = "veranderkundigeprocesbegeleiding" * 3
    await ok(await write(team, "answer", text=f"{long} is nodig."))
    await tab.set_viewport_size({"width": 320, "height": 800})
    await sign_in(tab, api, team.people[0])
    for path in ("", "/edit", "/answer", "/handover"):
        await tab.goto(f"{api.url}/teams/{team.id}/advice{path}?recorded={await api.head()}")
        assert await tab.evaluate("document.documentElement.scrollWidth") == 320, path
    await tab.goto(f"{api.url}/teams/{team.id}/advice")
    await tab.emulate_media(media="print")
    assert not await tab.get_by_role("button", name="Record your verdict").is_visible()
    assert not await tab.locator(".subnav").is_visible()


def due(days: int) -> str:
    """A day from now, as a browser sends it."""
    return (now() + timedelta(days=days)).date().isoformat()


async def test_a_recommendation_rests_on_evidence_of_its_team(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, path = await visitors.of(team.people[0]), f"/teams/{team.id}/recommendations/new"
    assert "your CoP has none yet" in await seen(api, anna, path)
    recommendation = await drafted(team)
    text = {"text": "Bouw een plek", "organisation_id": team.bank}
    assert await send(api, anna, path, path, **text) == 422
    foreign = await anna.send(path, {**text, "evidence": new_id("source")}, path)
    assert foreign.status_code in {404, 409, 422}
    assert ">\nBouw een plek</textarea>" in foreign.text
    two = await anna.send(path, {**text, "name": "De regio", "evidence": recommendation["evidence"]}, path)
    assert two.status_code == 422
    assert "Name one addressee" in two.text
    assert await send(api, anna, path, path, **text, evidence=recommendation["evidence"]) == 303
    assert "2 recommendations" in await seen(api, anna, f"/teams/{team.id}/advice/edit")


async def test_a_recommendation_is_revised_and_its_versions_compared(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    row = await drafted(team)
    anna, path = await visitors.of(team.people[0]), f"/recommendations/{row['id']}/edit"
    mine = await anna.hidden(f"{path}?recorded={await api.head()}", path)
    fields = {"name": "De regio", "evidence": row["evidence"]}
    assert await send(api, await visitors.of(team.people[1]), path, path, **fields, text="Verbind ze") == 303
    late = await anna.post(path, {**mine, **fields, "text": "Verbind de initiatieven nu"})
    assert late.status_code == 409
    assert "which Bert wrote meanwhile" in late.text
    assert ">\nVerbind de initiatieven nu</textarea>" in late.text
    page = await seen(api, anna, f"/recommendations/{row['id']}")
    assert "Verbind <del>de initiatieven</del><ins>ze</ins>" in page


async def test_a_shared_recommendation_is_read_in_the_programme(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = f"/recommendations/{(await drafted(team))['id']}"
    anna, eva = await visitors.of(team.people[0]), await visitors.of(team.people[4])
    assert (await eva.get(path)).status_code == 404
    assert await send(api, anna, path, f"{path}/share", circle="programme", this_version="0") == 303
    page = await seen(api, eva, path)
    assert "Verbind de initiatieven" in page
    assert "the rest stays within it." in page
    assert "Revise it" not in page
    assert "Verbind de initiatieven" in await seen(api, eva, f"/teams/{team.id}/advice")
    twice = await anna.get(path, recorded=str(await api.head()))
    assert 'value="programme"' not in twice.text


async def test_the_commissioner_responds_commits_and_settles(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = f"/recommendations/{(await delivered(team))['id']}"
    anna, banker = await visitors.of(team.people[0]), await visitors.of(team.commissioner_id)
    assert f'action="{path}/response"' not in await seen(api, anna, path)
    wordless = await banker.send(f"{path}?recorded={await api.head()}", {"verdict": "rejected"}, f"{path}/response")
    assert wordless.status_code == 422
    assert 'href="#responseform-reason"' in wordless.text
    assert await send(api, banker, path, f"{path}/response", verdict="partly_accepted", reason="Twee jaar") == 303
    assert await send(api, anna, path, f"{path}/rejoinder", text="Begrijpelijk") == 303
    commitment = {"text": "Een tafel", "owner": "Margriet", "due_on": due(30)}
    undated = await banker.send(path, {**commitment, "due_on": "gauw"}, f"{path}/commitments")
    assert undated.status_code == 422
    assert 'value="Margriet"' in undated.text
    assert await send(api, banker, path, f"{path}/commitments", **commitment) == 303
    page = await seen(api, banker, path)
    found = re.search(r'action="(/commitments/[^"/]+)/move"', page)
    assert found is not None
    assert await send(api, banker, path, f"{found[1]}/move", due_on=due(60)) == 422
    assert await send(api, banker, path, f"{found[1]}/move", due_on=due(60), reason="Vakantie") == 303
    assert await send(api, banker, path, f"{path}/progress", text="Twaalf doen mee") == 303
    page = await seen(api, anna, path)
    for text in (
        "accepted this recommendation in part",
        "Twee jaar",
        "Begrijpelijk",
        "Een tafel",
        "Margriet is in charge.",
        "moved once",
        "Vakantie",
        "Twaalf doen mee",
    ):
        assert text in page, text
    assert "/move" not in page
    eva = await visitors.of(team.people[4])
    assert (await eva.get(found[1])).status_code == 404
    assert await send(api, anna, path, f"{found[1]}/share", circle="programme") == 303
    for shown in (await seen(api, eva, found[1]), await seen(api, eva, "/commitments")):
        assert "Een tafel" in shown
        assert "Margriet" not in shown
        assert "Verbind de initiatieven" not in shown
    assert "One commitment, and it is not overdue" in await seen(api, banker, "/commitments")
    assert await send(api, banker, path, f"{found[1]}/settlement", outcome="kept") == 303
    assert await send(api, banker, path, f"{path}/closure", outcome="implemented", reason="Het staat er") == 303
    page = await seen(api, anna, path)
    assert "This recommendation was carried out" in page
    assert ">kept</span>" in page
    assert (await eva.get(path)).status_code == 404


async def test_a_manager_acts_for_the_commissioner_with_a_reason(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = f"/recommendations/{(await delivered(team))['id']}"
    made = {"name": "Maud", "email": api.address("maud")}
    person = (await ok(await team.manager.post("/people", json=made)))["id"]
    await ok(await team.manager.post(f"/programmes/{team.programme}/managers", json={"person_id": person}))
    maud = await visitors.of(person)
    page = await seen(api, maud, path)
    assert "You do this on behalf of Rabobank IJsseldelta" in page
    bare = await maud.send(path, {"verdict": "accepted"}, f"{path}/response")
    assert bare.status_code == 422
    assert await send(api, maud, path, f"{path}/response", verdict="accepted", reason="Per brief") == 303
    assert "accepted this recommendation" in await seen(api, maud, path)
