"""Every page of the demo, for people with different roles: in both languages and schemes, on a phone and a desktop."""

import pytest
from playwright.async_api import Browser

from service.demo import play_past
from tests.conftest import Api
from tests.journeys.examples.demo import issuing, solving
from tests.journeys.examples.looking import COVERING, NOT_LINKED, look_at, pages_of, people_of_demo
from tests.service.pages.examples.every_page import routes


@pytest.mark.own_kring
async def test_every_page_works_for_everybody(api: Api, browser: Browser) -> None:
    async with solving(api):
        await play_past(api.url, issuing(api), lambda _: None)
    people = await people_of_demo(api)
    found = await pages_of(api, people)
    assert sorted(routes().keys() - {one.route for one in found} - NOT_LINKED) == []
    faults = [fault for look in COVERING for fault in await look_at(api, browser, people, found, look)]
    assert faults == []
