"""Pages about ballots: papers, receipts, what comes too late, and results."""

from typing import TYPE_CHECKING

from playwright.async_api import Page, expect

from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.pages.examples.visits import sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def stranger_of(api: Api, setting: Setting) -> str:
    """A participant of another programme."""
    other = made(await setting.manager.post("/programmes", json={"name": "Andere", "edition": "2016"}))["id"]
    body = {"name": "Stranger", "email": api.address("stranger")}
    person = made(await setting.manager.post("/people", json=body))["id"]
    enrolled = {"person_id": person, "organisation_id": setting.organisation}
    made(await setting.manager.post(f"/programmes/{other}/participants", json=enrolled))
    return person


async def test_the_last_of_two_papers_counts_and_the_page_says_so(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    anna = await visitors.of(setting.ids[0])
    page, action = f"/ballots/{running}", f"/ballots/{running}/vote"
    tabs = [await anna.hidden(page, action) for _ in range(2)]
    for hidden, choice in zip(tabs, setting.challenges, strict=False):
        assert (await anna.post(action, {**hidden, "approvals": choice})).status_code == 303
    shown = (await anna.get(page)).text
    assert "Only the last paper counts." in shown
    paper = made(await setting.people[0].get(f"/ballots/{running}/vote"), 200)
    assert paper["approvals"] == [setting.challenges[1]]


async def test_a_paper_after_the_close_is_not_kept_and_still_shown(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    anna = await visitors.of(setting.ids[0], "en")
    action = f"/ballots/{running}/vote"
    hidden = await anna.hidden(f"/ballots/{running}", action)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    answer = await anna.post(action, {**hidden, "approvals": setting.challenges[0]})
    assert answer.status_code == 409
    assert "your choice was not kept" in answer.text
    assert answer.text.count(" checked") == 1


async def test_a_secret_receipt_is_shown_once(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=5)
    running = await ballot(setting, seats=1, secrecy="secret")
    anna = await visitors.of(setting.ids[0])
    page = f"/ballots/{running}"
    answer = await anna.send(page, {"approvals": setting.challenges[0]}, f"{page}/vote")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "only time that you see your receipt" in answer.text
    assert "checked" not in (await anna.get(page)).text


async def test_a_gap_in_a_ranking_is_named(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1, rule="stv")
    anna = await visitors.of(setting.ids[0])
    page = f"/ballots/{running}"
    one, other, _ = setting.challenges
    answer = await anna.send(page, {f"rank.{one}": "1", f"rank.{other}": "3"}, f"{page}/vote")
    assert answer.status_code == 422
    assert "skips place 2" in answer.text
    answer = await anna.send(page, {f"rank.{one}": "2", f"rank.{other}": "1"}, f"{page}/vote")
    assert answer.status_code == 303
    assert made(await setting.people[0].get(f"{page}/vote"), 200)["ranking"] == [other, one]


async def test_a_result_has_pages_only_after_the_count_and_inside_the_programme(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    elsewhere = await stranger_of(api, setting)
    running = await ballot(setting, seats=1)
    anna, stranger = await visitors.of(setting.ids[0]), await visitors.of(elsewhere)
    page = f"/ballots/{running}"
    for one in setting.people:
        made(await one.put(f"{page}/vote", json={"approvals": setting.challenges[:1]}), 200)
    assert (await anna.get(f"{page}/result")).status_code == 404
    made(await setting.facilitator.post(f"{page}/close"), 200)
    before = await api.head()
    made(await setting.facilitator.post(f"{page}/count"), 200)
    counted = await anna.get(f"{page}/result", recorded=str(await api.head()))
    assert counted.status_code == 200
    assert "A seat is a full ring" in counted.text
    assert (await anna.get(f"{page}/result", as_of=str(before))).status_code == 404
    assert (await anna.get(f"{page}/papers")).status_code == 200
    assert (await anna.get(f"{page}/result.json")).json()["selected"]
    for path in (page, f"{page}/result", f"{page}/result.json", f"{page}/papers"):
        assert (await stranger.get(path)).status_code == 404


async def test_a_result_is_counted_again_in_a_browser(api: Api, tab: Page) -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1)
    for one in setting.people:
        made(await one.put(f"/ballots/{running}/vote", json={"approvals": setting.challenges[:2]}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)
    await sign_in(tab, api, setting.ids[0])
    await tab.goto(f"{api.url}/ballots/{running}/result?recorded={await api.head()}")
    await tab.get_by_role("button", name="Count again").click()
    await expect(tab.locator("[data-recount] [role=status]")).to_contain_text("4 papers in this browser: the same")
    await expect(tab.locator("[data-ring]")).to_have_class("recounted closed")
