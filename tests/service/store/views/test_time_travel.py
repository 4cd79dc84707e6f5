"""Past rows: the scopes in which a view can be read, and the answers to queries of names."""

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
"""Views of rows outside of programmes."""


def test_all_rows_of_a_programme_follow_from_the_events_with_its_tag() -> None:
    assert {view.name for view in VIEWS if not is_within(view, new_id("programme"))} == OUTSIDE


def test_a_gathering_does_not_follow_from_the_events_of_a_single_cop() -> None:
    assert is_within(TEAMS, new_id("team"))
    assert not is_within(GATHERINGS, new_id("team"))
    assert not is_within(ANNOUNCEMENTS, f"to:{new_id('organisation')}")


async def organisations(api: Api, many: int) -> list[str]:
    """Register this many organisations, each renamed once."""
    ids = [OrganisationId(new_id("organisation")) for _ in range(many)]
    registered = [OrganisationRegistered(organisation=one, name=Label("Vroeger")) for one in ids]
    renamed = [OrganisationRenamed(organisation=one, was=Label("Vroeger"), name=Label("Later")) for one in ids]
    await api.kring.commands.execute(lambda: Given(*registered))
    await api.kring.commands.execute(lambda: Given(*renamed))
    return list(ids)


async def test_past_names_are_found_for_more_ids_than_fit_one_statement(api: Api) -> None:
    ids = await organisations(api, 2 * TAGS_PER_QUERY + 1)
    for until, name in ((len(ids), "Vroeger"), (2 * len(ids), "Later")):
        rows = await api.kring.past(ids, until, only=ids).rows(Name, NAMES_OF_IDS, ids, 1)
        assert {row.id: row.label for row in rows} == dict.fromkeys(ids, name)
    assert await api.kring.past(ids, 0, only=ids).rows(Name, NAMES_OF_IDS, ids, 1) == []


async def test_rows_outside_the_scope_are_absent(api: Api) -> None:
    one, _ = await organisations(api, 2)
    past = api.kring.past([one], await api.kring.log.head())
    found = await past.rows(Organisation, ALL_ORGANISATIONS, "", 2)
    assert [(row.id, row.name) for row in found] == [(one, "Later")]


async def test_a_view_refuses_a_scope_in_which_it_would_be_incomplete(api: Api) -> None:
    scope = [new_id("organisation")]
    with pytest.raises(AssertionError, match="announcements depends on events outside"):
        await api.kring.past(scope, 0).rows(ANNOUNCEMENTS.row, ANNOUNCEMENTS_OF_PROGRAMME, "", 1, "")
    with pytest.raises(AssertionError, match="without a scope"):
        api.kring.past([], 0)
    assert not is_within(NAMES, scope[0])
    assert is_within(ORGANISATIONS, scope[0])


async def test_a_past_read_returns_exactly_the_rows_of_one_subject(api: Api) -> None:
    one, _ = await organisations(api, 2)
    head = await api.kring.log.head()
    for until, name in ((1, "Vroeger"), (head, "Later")):
        found = await api.kring.past([one], until).rows_by_view(VIEWS)
        assert found.keys() == {"organisations", "contacts"}
        assert [(key, row.name) for key, row in found["organisations"].items()] == [(one, name)]
        assert found["contacts"] == {}
    visible = await api.kring.past([f"to:{one}"], head).rows_by_view([ORGANISATIONS, TEAMS])
    assert {view: list(rows) for view, rows in visible.items()} == {"organisations": [one]}


def test_a_key_of_another_subject_of_the_same_kind_is_distinguished() -> None:
    one, another, person = new_id("ballot"), new_id("ballot"), new_id("person")
    assert [names_others(key, one) for key in (one, f"{person}/{one}", person)] == [False] * 3
    assert [names_others(key, one) for key in (another, f"{person}/{another}")] == [True] * 2
    assert names_others(new_id("organisation"), f"to:{new_id('organisation')}")
