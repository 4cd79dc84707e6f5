"""Pictures and checks of every page in every way to look at it: `make pages` writes them to `.pages`.

A page that several people see is shown in every way as the first of them sees it, and as the others in two ways.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from domain.foundation import PersonId
from service.demo import play
from tests.conftest import Api
from tests.journeys.examples.demo import issuing, solving
from tests.journeys.examples.looking import (
    COVERING,
    EVERY,
    Onlooker,
    look_at,
    pages_of,
    people_of_demo,
    people_of_today,
)
from tests.pictures.examples.hostile import hostile_texts
from tests.service.api.examples.programme import programme

FOLDER = Path(__file__).parents[2] / ".pages"
AT_ONCE = 2
"""Ways to look that are tried at the same time."""


@pytest.mark.parametrize("texts", ["full", "hostile", "empty"])
async def test_every_page_works_in_every_way_to_look_at_it(
    api: Api, browser: Browser, texts: Literal["full", "hostile", "empty"], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder := FOLDER / texts, ignore_errors=True)
    folder.mkdir(parents=True)
    if texts == "empty":
        empty = await programme(api, participants=1, challenges=0)
        people = {"participant": Onlooker(PersonId(empty.ids[0])), **await people_of_today(api)}
    else:
        if texts == "hostile":
            hostile_texts(monkeypatch)
        async with solving(api):
            await play(api.url, issuing(api), lambda _: None)
        people = await people_of_demo(api) | await people_of_today(api)
    found = await pages_of(api, people)
    every = {one.route if one.path != "/" else f"/ as {one.who}": one for one in reversed(found)}.values()
    faults = list[str]()
    looks = sorted(EVERY, key=lambda one: one not in COVERING)
    for start in range(0, len(looks), AT_ONCE):
        some = looks[start : start + AT_ONCE]
        seen = [one for one in found if one in every or some[0] in COVERING]
        for more in await asyncio.gather(*(look_at(api, browser, people, seen, one, folder) for one in some)):
            faults += more
        (folder / "faults.txt").write_text("\n".join(faults))
    assert not faults, "\n".join(faults)
