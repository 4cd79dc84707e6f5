"""The page of preferences, and questions on challenges."""

from typing import TYPE_CHECKING

import httpx

from tests.conftest import Api
from tests.service.api.examples.programme import made, programme

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_chosen_challenges_are_put_in_order_and_gaps_are_named(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, challenges=3)
    choice = {"challenge_ids": setting.challenges, "how": "in_the_room", "reason": "Samen besloten."}
    made(await setting.manager.post(f"/programmes/{setting.programme}/choice", json=choice), 200)
    anna = await visitors.of(setting.ids[0])
    first, second, third = setting.challenges
    gap = await anna.send("/preferences", {f"rank.{first}": "1", f"rank.{second}": "3", "motivation": "Graag."})
    assert gap.status_code == 422
    assert "skips place 2" in gap.text
    assert "Graag." in gap.text
    right = await anna.send("/preferences", {f"rank.{third}": "1", f"rank.{first}": "2"})
    assert right.status_code == 303
    path = f"/programmes/{setting.programme}/preferences"
    assert "Replace your order" in (await anna.get(right.headers["Location"])).text
    assert made(await setting.people[0].get(path), 200)["ranking"] == [third, first]


async def test_a_question_is_asked_and_answered_on_the_page_of_its_challenge(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, challenges=1)
    page = f"/challenges/{setting.challenges[0]}"
    anna, guide = await visitors.of(setting.ids[0]), await visitors.of(await own_id(setting.facilitator))
    asked = await anna.send(page, {"text": "Waarom nu?"}, action=f"{page}/questions")
    shown = await guide.get(asked.headers["Location"].partition("#")[0])
    question = shown.text.partition('<li id="')[2].partition('"')[0]
    action = f"{page}/questions/{question}/answer"
    assert (await guide.send(page, {"text": "Omdat het kan."}, action=action)).status_code == 303
    seen = (await anna.get(page)).text
    assert "Omdat het kan." in seen
    assert action not in seen, "who asked may not answer"


async def own_id(client: httpx.AsyncClient) -> str:
    """The id of the person of this client."""
    return made(await client.get("/me"), 200)["person"]["id"]
