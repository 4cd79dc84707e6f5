"""Pictures and checks of every page in every way to look at it: `make pages` writes them to `.pages`."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from domain.foundation import PersonId
from service.demo import play
from tests.conftest import Api
from tests.journeys.examples.demo import issuing, solving
from tests.journeys.examples.looking import EVERY, look_at, pages_of, people_of_demo
from tests.pictures.examples.hostile import hostile_texts
from tests.service.api.examples.programme import programme
from tests.service.pages.examples.every_page import Found

FOLDER = Path(__file__).parents[2] / ".pages"


@pytest.mark.parametrize("texts", ["full", "hostile", "empty"])
async def test_every_page_works_in_every_way_to_look_at_it(
    api: Api, browser: Browser, texts: Literal["full", "hostile", "empty"], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := FOLDER / texts).mkdir(parents=True, exist_ok=True)
    if texts == "empty":
        people = {"participant": PersonId((await programme(api, participants=1, challenges=0)).ids[0])}
    else:
        if texts == "hostile":
            hostile_texts(monkeypatch)
        async with solving(api):
            await play(api.url, issuing(api), lambda _: None)
        people = await people_of_demo(api)
    found: list[Found] = await pages_of(api, people)
    faults = [fault for look in EVERY for fault in await look_at(api, browser, people, found, look, folder)]
    assert not faults, "\n".join(faults)
