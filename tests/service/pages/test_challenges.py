"""Pages about challenges: proposing one, with every way in which a form can fail."""

import re
from typing import TYPE_CHECKING

from playwright.async_api import Page

from tests.conftest import Api
from tests.service.api.examples.programme import programme
from tests.service.pages.examples.visits import sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

UNKNOWN = "organisation_01h45ytscbebyvny4gc8cr8ma2"
PROPOSAL = {"title": "Hoe dan?", "context": "Er speelt iets."}


async def test_a_form_that_is_sent_twice_proposes_one_challenge(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    anna = await visitors.of(setting.ids[0])
    hidden = await anna.hidden("/challenges/new", "/challenges/new")
    sent = {**hidden, **PROPOSAL, "organisation_id": setting.organisation}
    first, second = await anna.post("/challenges/new", sent), await anna.post("/challenges/new", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    shown = await anna.get(first.headers["Location"])
    assert "Hoe dan?" in shown.text
    assert "Recorded as" in shown.text


async def test_what_is_missing_is_named_and_what_was_entered_is_kept(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    anna = await visitors.of(setting.ids[0], "nl")
    answer = await anna.send("/challenges/new", {"title": "Hoe dan?", "organisation_id": setting.organisation})
    assert answer.status_code == 422
    assert "Dit ontbreekt." in answer.text
    assert 'href="#proposal-context"' in answer.text
    assert 'value="Hoe dan?"' in answer.text


async def test_the_same_form_with_other_texts_is_not_taken_for_the_first(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    anna = await visitors.of(setting.ids[0])
    hidden = await anna.hidden("/challenges/new", "/challenges/new")
    sent = {**hidden, **PROPOSAL, "organisation_id": setting.organisation}
    await anna.post("/challenges/new", sent)
    again = await anna.post("/challenges/new", {**sent, "title": "Of anders?"})
    assert again.status_code == 409
    assert 'value="Of anders?"' in again.text
    command = re.search(r'name="command" value="([^"]+)"', again.text)
    assert command is not None
    assert command[1] != hidden["command"]
    assert (
        await anna.post("/challenges/new", {**sent, "title": "Of anders?", "command": command[1]})
    ).status_code == 303


async def test_a_refused_form_keeps_the_name_of_its_command(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    anna = await visitors.of(setting.ids[0])
    sent = {**await anna.hidden("/challenges/new", "/challenges/new"), **PROPOSAL, "organisation_id": UNKNOWN}
    refused = await anna.post("/challenges/new", sent)
    assert refused.status_code >= 400
    assert f'name="command" value="{sent["command"]}"' in refused.text


async def test_a_form_from_another_site_does_nothing(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    anna = await visitors.of(setting.ids[0])
    sent = {
        **await anna.hidden("/challenges/new", "/challenges/new"),
        **PROPOSAL,
        "organisation_id": setting.organisation,
    }
    head = await api.head()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await anna.client.post("/challenges/new", data=sent, headers=headers)
        assert answer.status_code == 403
    assert await api.head() == head


async def test_what_was_typed_survives_a_lost_sign_in(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api)
    anna = await visitors.of(setting.ids[0])
    sent = {
        **await anna.hidden("/challenges/new", "/challenges/new"),
        **PROPOSAL,
        "organisation_id": setting.organisation,
    }
    del anna.client.headers["Cookie"]
    answer = await anna.post("/challenges/new", sent)
    assert answer.status_code == 401
    assert "Er speelt iets." in answer.text
    again = await visitors.of(setting.ids[0])
    kept = await again.post("/challenges/new", sent)  # another session: it has another token
    assert kept.status_code == 401
    token = re.search(r'name="csrf" value="([^"]+)"', kept.text)
    assert token is not None
    assert (await again.post("/challenges/new", {**sent, "csrf": token[1]})).status_code == 303


async def test_a_challenge_is_proposed_in_a_browser(api: Api, tab: Page) -> None:
    setting = await programme(api)
    await sign_in(tab, api, setting.ids[0])
    await tab.goto(f"{api.url}/challenges/new")
    await tab.get_by_label("Your question").fill("How?")
    await tab.get_by_label("What is the matter").fill("Something is.")
    await tab.get_by_role("button", name="Bring it in").click()
    await tab.wait_for_url(re.compile("/challenges/challenge_"))
    assert await tab.get_by_role("heading", level=1).inner_text() == "How?"
