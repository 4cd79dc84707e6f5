"""Parameters of reads: pages of lists, and earlier times."""

from typing import Any

import httpx
import pytest

from service.clock_and_ids import now
from tests.conftest import Api
from tests.service.api.examples.programme import ballot, made, programme
from tests.service.api.examples.reading import UNBOUNDED, required

UUID = "01h45ytscbebyvny4gc8cr8ma2"
WRONG = [("limit", "0"), ("limit", "201"), ("limit", "x"), ("at_least", "-1"), ("at_least", "9007199254740992")]


async def operations(api: Api) -> dict[str, list[str]]:
    """Names of the query parameters of each GET below the API's base, by path."""
    async with httpx.AsyncClient() as anyone:
        document = (await anyone.get(f"{api.url}/api/v1/openapi.json")).json()
    return {
        path.removeprefix("/api/v1"): [
            one["name"] for one in methods["get"].get("parameters", ()) if one["in"] == "query"
        ]
        for path, methods in document["paths"].items()
        if "get" in methods and methods["get"].get("tags") != ["Not yet"]
    }


def filled(path: str) -> str:
    """The path with an id of the right kind in each placeholder."""
    kinds = {"{source_id}": "source"}
    parts = [f"{kinds.get(one, one[1:-1])}_{UUID}" if one.startswith("{") else one for one in path.split("/")]
    return "/".join(parts)


def problem(answer: httpx.Response, status: int) -> tuple[str, list[str]]:
    assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()["code"], [one["field"] for one in answer.json()["errors"]]


@pytest.mark.parametrize(("name", "value"), WRONG)
async def test_every_list_refuses_invalid_paging_by_parameter(api: Api, name: str, value: str) -> None:
    manager = await api.as_("manager")
    lists = {path: names for path, names in (await operations(api)).items() if "limit" in names}
    assert len(lists) > 20
    for path, names in lists.items():
        answer = await manager.get(filled(path), params={**required(names), name: value})
        assert problem(answer, 422)[1] == [name], path


async def test_a_list_below_an_unknown_resource_is_not_found(api: Api) -> None:
    manager = await api.as_("manager")
    lists = {path: names for path, names in (await operations(api)).items() if "limit" in names and "{" in path}
    assert len(lists) > 20
    for path, names in lists.items():
        assert (await manager.get(filled(path), params=required(names))).status_code == 404, path


async def test_reads_below_a_programme_cop_or_organisation_accept_as_of(api: Api) -> None:
    offered = await operations(api)
    assert {path for path, names in offered.items() if "as_of" not in names} == UNBOUNDED
    manager = await api.as_("manager")
    for path in offered:
        answer = await manager.get(filled(path), params={"as_of": 2**53 - 1})
        if path in UNBOUNDED - {"/calendar/{link}"}:
            assert problem(answer, 400) == ("as-of-not-offered", ["as_of"])


async def test_a_resource_can_be_read_as_of_a_position_or_a_time(api: Api) -> None:
    setting = await programme(api, participants=2, challenges=0)
    before, at = await api.kring.log.head(), now().isoformat()
    person = made(await setting.manager.post("/people", json={"name": "Laat", "email": api.address("laat")}))["id"]
    made(await setting.manager.post(f"/programmes/{setting.programme}/participants", json={"person_id": person}))

    async def participants(**query: Any) -> int:
        return made(await setting.manager.get(f"/programmes/{setting.programme}", params=query), 200)["participants"]

    head = await api.kring.log.head()
    assert await participants(as_of=head) == 3
    assert (await participants(as_of=before), await participants(as_of=at)) == (2, 2)
    assert await participants(at_least=head) == 3


async def test_a_resource_that_did_not_exist_yet_is_not_found(api: Api) -> None:
    setting = await programme(api, participants=0, challenges=0)
    assert (await setting.manager.get(f"/programmes/{setting.programme}?as_of=0")).status_code == 404


@pytest.mark.parametrize(
    "wrong", ["", "x", "-1", "1.5", "2016-09-01", "2016-09-01T10:00:00", "9007199254740992", "9" * 5000]
)
async def test_an_as_of_that_is_neither_position_nor_time_is_refused(api: Api, wrong: str) -> None:
    setting = await programme(api, participants=0, challenges=0)
    answer = await setting.manager.get(f"/programmes/{setting.programme}", params={"as_of": wrong})
    assert problem(answer, 422)[1] == ["as_of"]


@pytest.mark.parametrize("ahead", ["9007199254740991", "2099-01-01T00:00:00Z"])
async def test_the_future_cannot_be_read(api: Api, ahead: str) -> None:
    setting = await programme(api, participants=0, challenges=0)
    answer = await setting.manager.get(f"/programmes/{setting.programme}", params={"as_of": ahead})
    assert problem(answer, 422)[1] == ["as_of"]


async def test_lists_without_history_refuse_as_of(api: Api) -> None:
    manager = await api.as_("manager")
    assert problem(await manager.get("/organisations?as_of=1"), 400) == ("as-of-not-offered", ["as_of"])


async def test_the_turnout_of_an_open_ballot_can_be_read_as_of_earlier(api: Api) -> None:
    setting = await programme(api, participants=2)
    opened = await ballot(setting)
    for person in setting.people:
        made(await person.put(f"/ballots/{opened}/vote", json={"approvals": []}), 200)
    head = await api.kring.log.head()

    async def turnout(**query: int) -> int:
        return made(await setting.facilitator.get(f"/ballots/{opened}", params=query), 200)["turnout"]

    assert [await turnout(as_of=head - n) for n in (0, 1, 2)] == [2, 1, 0]
    assert await turnout(at_least=head) == 2
