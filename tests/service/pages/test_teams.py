"""Pages of CoPs: home page, comments, shares, list and story, for members and for everybody else."""

import re
from typing import TYPE_CHECKING

import httpx
from playwright.async_api import Page

from domain.foundation import AssignmentId, Caller, ProgrammeId, TeamId
from projections.derived.phases import by_team
from service.clock_and_ids import now
from service.reading.options import ReadOptions
from service.reading.phases import reached_in
from service.reading.reader import Reader
from tests.conftest import Api
from tests.service.api.examples.advice import delivered, write
from tests.service.api.examples.forming import staged
from tests.service.api.examples.gatherings import session
from tests.service.api.examples.team import ATeam, a_team, ok
from tests.service.pages.examples.visits import sign_in
from workers.solving.assigning import solve

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def person_of(client: httpx.AsyncClient) -> str:
    return (await client.get("/me")).json()["person"]["id"]


async def of_another_programme(api: Api, team: ATeam) -> str:
    """A participant of another programme."""
    person = {"name": "Olaf", "email": api.address("olaf")}
    made = (await ok(await team.manager.post("/people", json=person)))["id"]
    opened = (await ok(await team.manager.post("/programmes", json={"name": "Elders", "edition": "2016"})))["id"]
    await ok(await team.manager.post(f"/programmes/{opened}/participants", json={"person_id": made}))
    return made


async def auditor_of(api: Api, team: ATeam) -> str:
    """An auditor of the bank."""
    person = {"name": "Aud", "email": api.address("aud")}
    made = (await ok(await team.manager.post("/people", json=person)))["id"]
    contact = {"person_id": made, "role": "auditor"}
    await ok(await team.manager.post(f"/organisations/{team.bank}/contacts", json=contact))
    return made


async def head(api: Api) -> str:
    return str(await api.head())


async def test_the_home_page_of_a_cop_leads_from_problem_to_advice(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await ok(await write(team, "problem-statement", text="Ze vinden elkaar niet."))
    first = await head(api)
    await ok(await write(team, "guiding-question", text="Hoe dan wel?"))
    await ok(await write(team, "problem-statement", text="Het is anders.", based_on=1))
    anna = await visitors.of(team.people[0])
    shown = (await anna.get(f"/teams/{team.id}", recorded=await head(api))).text
    assert "<h1>Start-ups</h1>" in shown
    assert "CoP for Rabobank IJsseldelta" in shown
    assert "Het is anders." in shown
    assert "Possibly out of date." in shown
    assert f'href="/teams/{team.id}/advice#guiding_question">Rewrite it' in shown
    assert 'aria-label="Done: challenges, choice and teams. Now: sessions and research. To come: ' in shown
    assert "Write a first answer" in shown
    earlier = (await anna.get(f"/teams/{team.id}", as_of=first)).text
    assert "Ze vinden elkaar niet." in earlier
    assert "Het is anders." not in earlier
    assert "<textarea" not in earlier
    bar = (await anna.get("/time", back=f"/teams/{team.id}")).text
    assert "1 CoP formed" in bar


async def test_members_comment_answer_and_share_by_forms(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    page = f"/teams/{team.id}"
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1], "nl")
    hidden = await anna.hidden(page, f"{page}/comments")
    sent = {**hidden, "text": "Wat <b>vinden</b> we?", "on": team.id}
    first, second = await anna.post(f"{page}/comments", sent), await anna.post(f"{page}/comments", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    shown = (await bert.get(first.headers["Location"])).text
    assert shown.count("Wat &lt;b&gt;vinden&lt;/b&gt; we?") == 1
    found = re.search(r'<li id="(comment_\w+)">', shown)
    assert found is not None
    answers = f"{page}/comments/{found[1]}/answers"
    empty = await bert.send(page, {"text": " "}, answers)
    assert empty.status_code == 422
    assert "Dit ontbreekt." in empty.text
    answered = await bert.send(page, {"text": "Dat weet ik nog niet."}, answers)
    assert "in answer to Anna" in (await anna.get(answered.headers["Location"])).text
    trip = {"theme": "Hubs", "destination": "Gent"}
    made = (await ok(await team.members[0].post(f"/teams/{team.id}/trips", json=trip)))["id"]
    await anna.get(page, recorded=await head(api))
    shared = await anna.send(page, {"item_id": made, "circle": "programme"}, f"{page}/shares")
    assert shared.status_code == 303
    assert "shared with the programme" in (await anna.get(shared.headers["Location"])).text
    eva = await visitors.of(team.people[4])
    seen = (await eva.get(page)).text
    assert "What this CoP shows you" in seen
    assert "Wat &lt;b&gt;vinden" not in seen
    assert "<textarea" not in seen


async def test_a_bad_comment_is_named_in_the_language_of_its_writer(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    page = f"/teams/{team.id}"
    anna = await visitors.of(team.people[0], "nl")
    answer = await anna.send(page, {"text": "Hm.", "on": team.challenge}, f"{page}/comments")
    assert answer.status_code in {409, 422}
    assert "Hm.</textarea>" in answer.text
    assert 'class="error"' in answer.text
    none = await anna.send(page, {"text": "Hm.", "on": "nonsense"}, f"{page}/comments")
    assert none.status_code == 422


async def test_others_see_of_a_cop_what_they_may(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await delivered(team)
    page, at = f"/teams/{team.id}", await head(api)
    eva = (await (await visitors.of(team.people[4])).get(page, recorded=at)).text
    assert "What you do not read here" in eva
    assert "From problem to advice" not in eva
    banker = (await (await visitors.of(team.commissioner_id)).get(page, recorded=at)).text
    assert "From problem to advice" in banker
    assert "Research so far" not in banker
    assert "/story" not in banker
    assert "Anna" in banker
    auditor = (await (await visitors.of(await auditor_of(api, team))).get(page)).text
    assert "a person" in auditor
    assert [one in auditor for one in ("Anna", "Bert", "Guide")] == [False] * 3
    guide = (await (await visitors.of(await person_of(team.facilitator))).get(page, recorded=at)).text
    assert "Research so far" in guide
    assert "Leave this CoP" not in guide
    assert f'action="{page}/comments"' in guide
    for stranger in (await of_another_programme(api, team), await person_of(team.stranger)):
        visitor = await visitors.of(stranger)
        for path in (page, f"{page}/story", f"{page}/gatherings"):
            assert (await visitor.get(path)).status_code == 404
        hidden = await visitor.hidden("/agenda", "/agenda/calendar")
        assert (await visitor.post(f"{page}/comments", {**hidden, "text": "Hoi", "on": team.id})).status_code == 404


async def test_a_member_leaves_with_a_reason(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    page = f"/teams/{team.id}"
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1])
    left = await anna.send(page, {"reason": "Andere baan"}, f"{page}/departure")
    assert left.status_code == 303
    after = (await anna.get(left.headers["Location"])).text
    assert "1 former member" in after
    assert "Leave this CoP" not in after
    assert "This CoP is smaller than the programme wants." in (await bert.get(left.headers["Location"])).text
    again = await anna.post(f"{page}/departure", {**await anna.hidden("/agenda", "/agenda/calendar"), "reason": "Weer"})
    assert again.status_code in {403, 409}


async def test_my_cop_is_where_the_menu_leads(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, eva = await visitors.of(team.people[0]), await visitors.of(team.people[4])
    assert (await anna.get("/cop")).headers["Location"] == f"/teams/{team.id}"
    assert "You are not in a CoP yet" in (await eva.get("/cop", recorded=await head(api))).text
    listed = (await eva.get("/cops")).text
    assert f'href="/teams/{team.id}"' in listed
    assert "Now: sessions." in listed
    banker = await visitors.of(team.commissioner_id)
    assert (await banker.get("/cops")).status_code == 404


async def test_a_dissolved_cop_says_so_and_has_no_forms(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await ok(await team.manager.post(f"/teams/{team.id}/dissolution", json={"reason": "Te klein"}), 200)
    anna = await visitors.of(team.people[0])
    shown = (await anna.get(f"/teams/{team.id}", recorded=await head(api))).text
    assert "This CoP was dissolved." in shown
    assert "<textarea" not in shown
    assert (await anna.get("/cop")).headers["Location"] == f"/teams/{team.id}"


async def test_the_story_has_a_chapter_for_each_phase_and_pages(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await ok(await session(team))
    await delivered(team)
    page = f"/teams/{team.id}/story"
    anna, eva = await visitors.of(team.people[0]), await visitors.of(team.people[4])
    shown = (await anna.get(page, recorded=await head(api))).text
    headings = re.findall(r'<h2 id="chapter-\d">([^<]+)</h2>', shown)
    assert headings == [
        "The CoP came together",
        "They went to find out",
        "An answer took shape",
        "The advice was handed over",
    ]
    assert 'class="key"' in shown
    first = re.search(r'id="fact-(\d+)"', shown)
    assert first is not None
    later = (await anna.get(page, after=str(int(first[1]) + 1))).text
    assert "The CoP came together" not in later
    assert "From the beginning" in later
    assert "Here the story ended then." in (await anna.get(page, as_of=first[1])).text
    assert (await eva.get(page)).status_code == 404


async def test_a_member_reads_why_they_are_in_their_cop_and_how_all_were_divided(
    api: Api, visitors: "Visitors"
) -> None:
    stage = await staged(api)
    a, b, c = await stage.certify()
    await stage.rank([[a, b, c]] * 6 + [[b, a, c]] * 5 + [[c, b]])
    anna = await visitors.of(stage.people[11])
    assert "The CoPs are not formed yet" in (await anna.get("/assignment")).text
    assignment = await stage.request()
    assert "The division is being computed" in (await anna.get("/assignment")).text
    await solve(api.kring, AssignmentId(assignment))
    proposed = (await anna.get("/assignment")).text
    for text in ("3 CoPs are proposed; a facilitator decides", "Why you would be there", "from 4 organisations", "P0"):
        assert text in proposed, text
    shown = await ok(await stage.facilitator.get(f"/team-assignments/{assignment}"), 200)
    places = {one["person_id"]: one["challenge_id"] for one in shown["explanations"]}
    bert = next(one for one in stage.people[:6] if places[one] == a)
    moved = {"person_id": bert, "challenge_id": b, "reason": "Bert kent de wijk."}
    body = {"overrides": [moved], "reason": "In overleg."}
    await ok(await stage.facilitator.post(f"/team-assignments/{assignment}/adoption", json=body))
    divided = (await anna.get("/assignment")).text
    for text in ("You are in the CoP that you put first", "You put this challenge first.", "Nobody got lower than"):
        assert text in divided, text
    assert "kent de wijk" not in divided
    team = re.search(r'href="(/teams/team_[^"]+)"', divided)
    assert team is not None
    page = (await anna.get(team[1])).text
    assert "Why you are in this CoP" in page
    assert "You put this challenge first." in page
    assert 'href="/assignment"' in page
    placed = (await (await visitors.of(bert)).get("/assignment")).text
    assert "The facilitator placed you in your CoP" in placed
    assert "Reason: Bert kent de wijk." in placed


async def test_phases_are_the_same_from_the_views_and_from_the_log(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    formed = await api.head()
    await delivered(team)
    by = Caller(role="system", via="job_test", at=now())
    reader, programme, at = Reader(api.kring, by), ProgrammeId(team.programme), await api.head()
    shown = await reached_in(reader, programme, ReadOptions(at_least=at))
    assert by_team(shown) == by_team(await reached_in(reader, programme, ReadOptions(as_of=at)))
    assert by_team(shown)[TeamId(team.id)][-1] == "now"
    assert by_team(await reached_in(reader, programme, ReadOptions(as_of=formed)))[TeamId(team.id)][3:] == (
        "now",
        *(["next"] * 4),
    )
    listed = (await (await visitors.of(team.people[4])).get("/more")).text
    assert listed.partition("</a>")[2].partition("</a>")[0].count('class="now"') == 2  # sessions and follow-up


async def test_the_page_of_a_cop_follows_its_members_on_a_phone(api: Api, tab: Page) -> None:
    team = await a_team(api)
    await tab.set_viewport_size({"width": 320, "height": 800})
    await sign_in(tab, api, team.people[0])
    await tab.goto(f"{api.url}/teams/{team.id}")
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 320
    assert await tab.get_by_role("img", name="Done: challenges").count() == 1
    long = "Onvoorstelbaarlangeopmerkingzonderspatie" * 4
    comment = {"text": long, "on": team.id}
    await ok(await team.members[1].post(f"/teams/{team.id}/comments", json=comment))
    await tab.get_by_text(long).wait_for()
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 320
