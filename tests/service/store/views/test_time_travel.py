"""Rows as they were: which views can be asked in which scope, and what a query of names is answered."""

import pytest

from domain.events.people import OrganisationRegistered, OrganisationRenamed
from domain.foundation import Label, OrganisationId
from projections.announcements import ANNOUNCEMENTS, ANNOUNCEMENTS_OF_PROGRAMME
from projections.gatherings import GATHERINGS
from projections.people import ALL_ORGANISATIONS, ORGANISATIONS, Organisation
from projections.teams import TEAMS
from projections.wording.names import NAMES, NAMES_OF_IDS, Name
from service.clock_and_ids import new_id
from service.store.views.time_travel import TAGS_PER_QUERY, is_within, names_others
from service.views import VIEWS
from tests.conftest import Api
from tests.service.api.examples.team import Given

OUTSIDE = {"names", "people", "organisations", "registrations", "tokens"}
"""Views of what stands in no programme."""


def test_whatever_stands_in_a_programme_can_be_told_from_the_events_that_concern_it() -> None:
    assert {view.name for view in VIEWS if not is_within(view, new_id("programme"))} == OUTSIDE


def test_a_gathering_cannot_be_told_from_the_events_that_concern_a_cop() -> None:
    assert is_within(TEAMS, new_id("team"))
    assert not is_within(GATHERINGS, new_id("team"))
    assert not is_within(ANNOUNCEMENTS, f"to:{new_id('organisation')}")


async def organisations(api: Api, many: int) -> list[str]:
    """So many organisations, each renamed once."""
    ids = [OrganisationId(new_id("organisation")) for _ in range(many)]
    registered = [OrganisationRegistered(organisation=one, name=Label("Vroeger")) for one in ids]
    renamed = [OrganisationRenamed(organisation=one, was=Label("Vroeger"), name=Label("Later")) for one in ids]
    await api.kring.commands.execute(lambda: Given(*registered))
    await api.kring.commands.execute(lambda: Given(*renamed))
    return list(ids)


async def test_names_of_more_ids_than_one_statement_takes_are_those_of_then(api: Api) -> None:
    ids = await organisations(api, 2 * TAGS_PER_QUERY + 1)
    for until, name in ((len(ids), "Vroeger"), (2 * len(ids), "Later")):
        rows = await api.kring.past(ids, until, only=ids).rows(Name, NAMES_OF_IDS, ids)
        assert {row.id: row.label for row in rows} == dict.fromkeys(ids, name)
    assert await api.kring.past(ids, 0, only=ids).rows(Name, NAMES_OF_IDS, ids) == []


async def test_what_stands_outside_the_scope_is_not_there(api: Api) -> None:
    one, _ = await organisations(api, 2)
    past = api.kring.past([one], await api.kring.log.head())
    found = await past.rows(Organisation, ALL_ORGANISATIONS, "", 2)
    assert [(row.id, row.name) for row in found] == [(one, "Later")]


async def test_a_view_is_not_asked_in_a_scope_in_which_it_would_not_be_whole(api: Api) -> None:
    scope = [new_id("organisation")]
    with pytest.raises(AssertionError, match="announcements depends on events outside"):
        await api.kring.past(scope, 0).rows(ANNOUNCEMENTS.row, ANNOUNCEMENTS_OF_PROGRAMME, "", 1, "")
    with pytest.raises(AssertionError, match="without a scope"):
        api.kring.past([], 0)
    assert not is_within(NAMES, scope[0])
    assert is_within(ORGANISATIONS, scope[0])


async def test_the_rows_themselves_are_those_that_rest_on_one_thing(api: Api) -> None:
    one, _ = await organisations(api, 2)
    head = await api.kring.log.head()
    for until, name in ((1, "Vroeger"), (head, "Later")):
        found = await api.kring.past([one], until).rows_by_view(VIEWS)
        assert found.keys() == {"organisations", "contacts"}
        assert [(key, row.name) for key, row in found["organisations"].items()] == [(one, name)]
        assert found["contacts"] == {}
    told = await api.kring.past([f"to:{one}"], head).rows_by_view([ORGANISATIONS, TEAMS])
    assert {view: list(rows) for view, rows in told.items()} == {"organisations": [one]}


def test_a_key_of_another_thing_of_the_kind_is_told_apart() -> None:
    one, another, person = new_id("ballot"), new_id("ballot"), new_id("person")
    assert [names_others(key, one) for key in (one, f"{person}/{one}", person)] == [False] * 3
    assert [names_others(key, one) for key in (another, f"{person}/{another}")] == [True] * 2
    assert names_others(new_id("organisation"), f"to:{new_id('organisation')}")
