"""The choice of a programme from its first challenge to its CoPs, and results of every kind."""

import html
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from tests.conftest import Api
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.pages.examples.visits import Visitor, sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def read(visitor: Visitor, path: str) -> str:
    """The text of a page, without markup."""
    answer = await visitor.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    text = re.sub(r"<[^>]*>", "", answer.text.partition("<main")[2].partition("</main>")[0])
    return " ".join(html.unescape(text).split())


async def hand_in(setting: Setting, running: str, *papers: list[str], ranked: bool = False) -> None:
    """Hand in a paper of each participant, close the ballot and count it."""
    field = "ranking" if ranked else "approvals"
    for client, paper in zip(setting.people, papers, strict=False):
        made(await client.put(f"/ballots/{running}/vote", json={field: paper}), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)


async def withdraw(setting: Setting, challenge: str) -> None:
    """Withdraw a challenge for its organisation."""
    behalf = {"Kring-On-Behalf-Of": setting.organisation}
    body = {"reason": "De bank trekt zich terug."}
    made(await setting.manager.post(f"/challenges/{challenge}/withdrawal", json=body, headers=behalf), 200)


async def test_the_choice_says_where_it_stands_and_what_comes_next(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, challenges=0)
    anna = await visitors.of(setting.ids[0])
    page = await read(anna, "/choice")
    assert "No challenge was brought in yet" in page
    assert "You take part in this programme, so you may vote on a ballot that opens now." in page
    assert "The CoPs are not formed yet" in await read(anna, "/assignment")
    body = {"title": "Van Anna?", "context": "Waarom.", "organisation_id": setting.organisation}
    new = [
        made(await client.post(f"/programmes/{setting.programme}/challenges", json={**body, "title": title}))["id"]
        for client, title in ((setting.people[0], "Van Anna?"), (setting.people[1], "Van Bert?"))
    ]
    page = await read(anna, "/choice")
    assert "2 challenges wait for admission" in page
    assert "2 challenges count as your own" in page
    assert "brought in by you" in page
    declined = made(
        await setting.people[2].post(f"/programmes/{setting.programme}/challenges", json={**body, "title": "Af?"})
    )["id"]
    refusal = {"reason": "Te klein voor een CoP."}
    made(await setting.facilitator.post(f"/challenges/{declined}/declination", json=refusal), 200)
    page = await read(anna, f"/challenges/{declined}")
    assert "A facilitator did not admit it. Reason: Te klein voor een CoP." in page
    for one in new:
        made(await setting.facilitator.post(f"/challenges/{one}/admission"), 200)
    assert "No ballot has opened yet; 2 challenges stand ready" in await read(anna, "/choice")

    setting.challenges = new
    void = await ballot(setting, seats=1, quorum=1)
    assert "You can vote now" in await read(anna, "/choice")
    made(await setting.people[1].put(f"/ballots/{void}/vote", json={"approvals": new}), 200)
    assert "1 of the 4 voted" in await read(anna, f"/ballots/{void}")
    made(await setting.facilitator.post(f"/ballots/{void}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{void}/count"), 200)
    assert "This ballot is void The reason: the quorum was not reached." in await read(anna, f"/ballots/{void}")
    assert "The last ballot is void; a new one can open" in await read(anna, "/choice")

    choice = {"challenge_ids": new, "how": "in_the_room", "reason": "Samen besloten op de startdag."}
    made(await setting.manager.post(f"/programmes/{setting.programme}/choice", json=choice), 200)
    page = await read(anna, "/choice")
    assert "2 challenges were chosen: in what order would you work on them?" in page
    assert "chosen in a meeting" in page
    assert "Samen besloten op de startdag." in page
    assert "chosen in a meeting" in await read(anna, f"/challenges/{new[0]}")
    assert (await anna.send("/preferences", {f"rank.{new[0]}": "1"})).status_code == 303
    assert "Your order is in; the CoPs are formed next" in await read(anna, "/choice")
    guide = await visitors.of((made(await setting.facilitator.get("/me"), 200))["person"]["id"])
    page = await read(guide, "/choice")
    assert "2 challenges were chosen; the CoPs are formed next" in page
    assert "May you vote?" not in page


async def test_an_elector_who_left_votes_on_a_page_without_broken_links(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1, quorum=0)
    leaving = f"/programmes/{setting.programme}/participants/{setting.ids[0]}/withdrawal"
    made(await setting.facilitator.post(leaving, json={"reason": "Ander werk"}), 200)
    anna, path = await visitors.of(setting.ids[0]), f"/ballots/{running}"
    assert f'href="{path}"' in (await anna.get("/")).text
    assert (await anna.send(path, {"approvals": setting.challenges[0]}, f"{path}/vote")).status_code == 303
    recused = await anna.send(path, {"challenge_id": setting.challenges[1]}, f"{path}/recusals")
    assert recused.status_code == 303
    assert "You do not vote on “Vraagstuk 1”." in await read(anna, f"{path}?recorded={await api.head()}")
    await hand_in(setting, running)
    for page in (path, f"{path}/texts", f"{path}/result", f"{path}/papers"):
        answer = await anna.get(page)
        assert answer.status_code == 200, page
        links = re.findall(r'<a [^>]*href="(/[^"#]*)', answer.text.partition("<main")[2])
        for link in dict.fromkeys(links):
            assert (await anna.get(link)).status_code == 200, link
    assert "Person" not in await read(anna, f"{path}/papers"), "papers have names inside the programme only"


@pytest.mark.parametrize("rule", ["equal_shares", "approval", "stv"])
async def test_a_result_tells_of_ties_struck_challenges_and_runners_up(
    api: Api, visitors: "Visitors", rule: str
) -> None:
    setting = await programme(api, challenges=4)
    one, two, three, four = setting.challenges
    anna, ranked = await visitors.of(setting.ids[0], "en"), rule == "stv"
    tied = await ballot(setting, seats=1, rule=rule)
    await hand_in(setting, tied, [one], [one], [two], [two], ranked=ranked)
    page = await read(anna, f"/ballots/{tied}/result")
    assert "were equal; the seed drew this order:" in page
    assert "A facilitator has not certified this result yet." in page
    assert "The ballot was counted" in await read(anna, "/choice")
    made(await setting.manager.post(f"/ballots/{tied}/voiding", json={"reason": "Een vraagstuk ontbrak."}), 200)
    assert "This result does not count: the ballot is void" in await read(anna, f"/ballots/{tied}/result")

    running = await ballot(setting, seats=2, rule=rule, rerun_of=tied)
    await withdraw(setting, four)
    assert "withdrawn, does not count any more" in await read(anna, f"/ballots/{running}")
    await hand_in(setting, running, [one, two], [one, two], [one, three], [two, one], ranked=ranked)
    page = await read(anna, f"/ballots/{running}/result")
    assert "1 challenge was withdrawn before the count" in page
    assert "Vraagstuk 3" in page
    assert "It was withdrawn and does not take part any more." in await read(anna, f"/challenges/{four}")
    made(await setting.facilitator.post(f"/ballots/{running}/certification"), 200)
    assert "It was chosen; a CoP will work on it." in await read(anna, f"/challenges/{one}")
    assert "It was not chosen" in await read(anna, f"/challenges/{three}")
    await withdraw(setting, one)
    page = await read(anna, f"/ballots/{running}/result")
    assert "“Vraagstuk 2” took the place of a challenge that was withdrawn after the count." in page
    assert "withdrawn afterwards" in page
    assert "It was withdrawn; its seat went to the runner-up" in await read(anna, f"/challenges/{one}")
    assert "It was chosen as the runner-up, when" in await read(anna, f"/challenges/{three}")
    assert "De bank trekt zich terug." in await read(anna, f"/challenges/{one}")
    page = await read(anna, "/choice")
    assert "Earlier ballots" in page
    if ranked:
        rounds = re.findall(r'href="([^"]+/rounds/\d+)"', (await anna.get(f"/ballots/{running}/result")).text)
        assert "challenge reached the quota" in await read(anna, rounds[0]) or "dropped out" in await read(
            anna, rounds[0]
        )


async def test_a_ranking_is_made_by_dragging_and_by_keyboard(api: Api, tab: Page) -> None:
    setting = await programme(api)
    running = await ballot(setting, seats=1, rule="stv")
    first, second, third = setting.challenges
    await sign_in(tab, api, setting.ids[0])
    await tab.goto(f"{api.url}/ballots/{running}?recorded={await api.head()}")
    items = tab.locator("[data-ranks] > li")

    def place_of(challenge: str) -> str:
        return f'input[name="rank.{challenge}"]'

    for title in ("Vraagstuk 0", "Vraagstuk 1"):
        await tab.get_by_role("button", name=f"Higher: {title}").press("Enter")
    await expect(tab.locator(place_of(second))).to_have_value("2")
    await items.filter(has_text="Vraagstuk 2").drag_to(items.filter(has_text="Vraagstuk 0"))
    await expect(tab.locator(place_of(third))).to_have_value("1")
    await expect(items.first.locator("h2")).to_have_text("Vraagstuk 2")
    lower = tab.get_by_role("button", name="Lower: Vraagstuk 0")
    await lower.press("Enter")
    await expect(lower).to_be_focused()
    await lower.press("Enter")
    await expect(tab.locator(place_of(first))).to_have_value("")
    await expect(tab.locator("[role=status].sr")).to_have_text("Vraagstuk 0 is left out")
    await tab.get_by_role("button", name="Hand in your paper").click()
    await tab.get_by_role("heading", name="Your paper is in the box").wait_for()
    assert made(await setting.people[0].get(f"/ballots/{running}/vote"), 200)["ranking"] == [third, second]
