"""Weights of pages in a programme of hundreds of people and challenges."""

import re
from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.programme import ballot, programme
from tests.service.pages.examples.large import annulled, counted, enlarge
from tests.service.pages.examples.visits import Visitor

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

MAX_BYTES = 50_000


async def light(visitor: Visitor, path: str) -> str:
    """A page, which must be no heavier than a page may be."""
    answer = await visitor.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    assert len(answer.content) <= MAX_BYTES, f"{path}: {len(answer.content)} bytes"
    return answer.text


async def test_ballots_of_200_challenges_and_400_people_have_light_pages(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    await enlarge(api, setting, people=399, challenges=200)
    anna = await visitors.of(setting.ids[0])
    for rule, field in (("stv", "rank.{}"), ("equal_shares", "approvals")):
        running = await ballot(setting, rule=rule, seats=50)
        path = f"/ballots/{running}"
        page = await light(anna, path)
        for one in setting.challenges:
            assert f'name="{field.format(one)}"' in page
            assert one in page
        texts = re.findall(rf'href="({path}/texts\?from=\d+)"', page)
        assert len(texts) == 10
        assert "Er speelt al jaren" in await light(anna, texts[0])
        last = setting.challenges[199]
        chosen = {field.format(last): "1" if rule == "stv" else last}
        assert (await anna.send(path, chosen, f"{path}/vote")).status_code == 303
        await light(anna, path)
        if rule == "equal_shares":
            await counted(api, setting, running)
            await with_result(anna, path)
            assert "Seats 7 to 12" in await light(anna, f"{path}/result?seat=7")
            assert "Seats 49 to 50" in await light(anna, f"{path}/result?seat=49")
        await annulled(api, running)
        await light(anna, path)
    ranked = await ballot(setting, rule="stv", seats=12, challenge_ids=setting.challenges[:100])
    await counted(api, setting, ranked)
    await with_result(anna, f"/ballots/{ranked}")
    assert "Nobody reached the quota" in await light(anna, f"/ballots/{ranked}/rounds/1")


async def with_result(visitor: Visitor, path: str) -> None:
    """Look at the pages of a result, and those that list it."""
    for one in (f"{path}/result", f"{path}/papers", f"{path}/papers?cursor=350", path, "/choice", "/challenges"):
        await light(visitor, one)
