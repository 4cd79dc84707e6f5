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
    missed = sorted(routes().keys() - {one.route for one in found} - NOT_LINKED)
    assert not missed, f"no page links to {missed}"
    once = {one.route if one.path != "/" else f"/ as {one.who}": one for one in reversed(found)}
    seen = [one for one in found if one in once.values()]
    faults = [fault for look in COVERING for fault in await look_at(api, browser, people, seen, look)]
    assert not faults, "\n".join(faults)
