"""The complete table of permissions: every operation, called by everybody, in one setting."""

import re
from collections import Counter

import pytest

from service.api.http.not_yet import NOT_BUILT
from tests.conftest import Api
from tests.reference.sources import Route, operations
from tests.reference.who_may import PUBLIC, rows
from tests.service.api.access.examples.who_may import ask, outcome
from tests.service.api.examples.everybody import everybody

pytestmark = pytest.mark.own_kring  # the setting is large


def shape(operation: str) -> str:
    """An operation without the names of its placeholders and its query."""
    return re.sub(r"\{[^}]*\}", "{}", operation.partition("?")[0])


def test_every_operation_has_a_row() -> None:
    built = {shape(f"{one.method} {one.path}") for one in operations(built=True)}
    listed = {shape(operation) for operation, _ in rows()} | {shape(one) for one in PUBLIC}
    assert sorted(built ^ listed) == []
    assert [one for one, times in Counter(operation for operation, _ in rows()).items() if times > 1] == []


def test_no_implemented_operation_is_listed_as_not_built() -> None:
    assert operations(built=False) == {Route(method, path) for method, path, _ in NOT_BUILT}


async def test_everyones_permissions_match_the_table(api: Api) -> None:
    all_ = await everybody(api)
    strange: list[str] = []
    for operation, outcomes in rows():
        for asker, client in all_.unknown.items():
            answer = await ask(client, operation, all_, asker)
            if answer.status_code != 401:
                strange.append(f"{operation}, {asker}: {answer.status_code}")
        for asker, expected in outcomes.items():
            answer = await ask(all_.known[asker], operation, all_, asker)
            if outcome(answer) != expected:
                strange.append(f"{operation}, {asker}: {expected}, not {answer.status_code} {answer.text[:120]}")
    assert strange == [], "\n".join(strange)


async def test_anyone_with_the_link_can_read_an_agenda(api: Api) -> None:
    all_ = await everybody(api)
    (operation,) = PUBLIC
    for client in (*all_.unknown.values(), *all_.known.values()):
        assert (await ask(client, operation, all_, "anybody")).status_code == 200
