"""The page on which one searches."""

from typing import TYPE_CHECKING

import pytest

from tests.conftest import Api
from tests.service.api.examples.programme import programme

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_what_was_found_is_marked_and_leads_to_its_page(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=2)
    anna = await visitors.of(setting.ids[0])
    page = await anna.get("/search", q="vraagstuk", recorded=str(await api.head()))
    assert "<mark>Vraagstuk</mark> 0" in page.text
    assert f'href="/challenges/{setting.challenges[0]}"' in page.text
    assert "Challenges" in page.text
    people = await anna.get("/search", q="Person")
    assert f'href="/people/{setting.ids[0]}"' in people.text


async def test_nothing_bad_and_too_much_are_said_in_words(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    anna = await visitors.of(setting.ids[0], "nl")
    assert "Zoeken in" in (await anna.get("/search")).text
    nothing = await anna.get("/search", q="xyzzy<b>")
    assert "Er is niets gevonden voor" in nothing.text
    assert "<b>" not in nothing.text.partition("<h1>")[2].partition("</h1>")[0]
    for q, said in (("!!", "Dit bevat geen letter of cijfer."), ("a" * 201, "Dit is langer dan 200 tekens.")):
        answer = await anna.get("/search", q=q)
        assert answer.status_code == 422
        assert said in answer.text
    assert (await anna.get("/search", q="a", cursor="none")).status_code == 422


async def test_results_are_paged(api: Api, visitors: "Visitors", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.pages.search.SHOWN", 2)
    setting = await programme(api, participants=1, challenges=3)
    anna = await visitors.of(setting.ids[0])
    page = await anna.get("/search", q="vraagstuk", recorded=str(await api.head()))
    assert "Much was found" in page.text
    following = page.text.partition('href="/search?')[2].partition('"')[0].replace("&amp;", "&")
    assert following.startswith("q=vraagstuk&cursor=")
    assert "1 result for" in (await anna.get(f"/search?{following}")).text


async def test_another_programme_is_not_searched(api: Api, visitors: "Visitors") -> None:
    await programme(api, participants=1, challenges=1)
    elsewhere = Api(api.url, api.kring)  # with addresses of its own
    other = await programme(elsewhere, participants=1, challenges=0)
    await elsewhere.close()
    page = await (await visitors.of(other.ids[0])).get("/search", q="vraagstuk", recorded=str(await api.head()))
    assert "Nothing was found" in page.text
