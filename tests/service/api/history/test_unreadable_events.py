"""Trail, feed and lists name an event that this program cannot read, to readers who may see it, and continue."""

import json
from typing import Any

import pytest

from domain.events.people import OrganisationRegistered, OrganisationRenamed
from domain.foundation import Label, OrganisationId
from service.clock_and_ids import new_id
from service.store.log.types import NewEvent
from tests.conftest import Api
from tests.service.api.examples.team import Given
from tests.service.store.examples.log import an_append

pytestmark = pytest.mark.own_kring  # views stop

CANNOT = "which this version of Kring cannot read"


async def test_trail_and_feed_name_unreadable_events_and_continue(api: Api) -> None:
    bank, other = (OrganisationId(new_id("organisation")) for _ in range(2))
    await api.kring.commands.execute(lambda: Given(OrganisationRegistered(organisation=bank, name=Label("Bank"))))
    damaged = NewEvent(OrganisationRenamed.TOPIC, 1, [bank, f"to:{bank}"], b'{"organisation":7}')
    future = NewEvent("future.thing_done", 1, [bank, f"to:{bank}"], b"{}")
    receipt = await api.kring.log.append(an_append(damaged, future))
    last = await api.kring.commands.execute(
        lambda: Given(OrganisationRegistered(organisation=other, name=Label("Clinic")))
    )
    manager = await api.as_("manager")
    trail: Any = (await manager.get(f"/organisations/{bank}/trail", headers={"Accept-Language": "en"})).json()
    assert [one["type"] for one in trail["items"]] == [OrganisationRegistered.TOPIC, damaged.type, future.type]
    assert [CANNOT in one["sentence"] for one in trail["items"]] == [False, True, True]
    feed: Any = (await manager.get("/events", params={"after": receipt.first - 1})).json()
    assert [one["type"] for one in feed["items"]][:3] == [damaged.type, future.type, OrganisationRegistered.TOPIC]
    lines = (await manager.get("/events", headers={"Accept": "application/x-ndjson"})).text.splitlines()
    assert [json.loads(one)["position"] for one in lines][-1] >= last.last
    auditor = await api.as_("auditor", organisations=(bank,))
    seen: Any = (await auditor.get("/events")).json()
    assert future.type in [one["type"] for one in seen["items"]]
    stranger = await api.as_("auditor", organisations=(other,))
    hidden: Any = (await stranger.get("/events")).json()
    assert future.type not in [one["type"] for one in hidden["items"]]


async def test_nobody_waits_for_views_stopped_by_an_unreadable_event(api: Api) -> None:
    bank = OrganisationId(new_id("organisation"))
    damaged = NewEvent(OrganisationRenamed.TOPIC, 1, [bank, f"to:{bank}"], b'{"organisation":7}')
    await api.kring.log.append(an_append(damaged))
    manager = await api.as_("manager")
    made = await manager.post("/people", json={"name": "Anna Bakker", "email": "anna@example.org"})
    position = made.headers["Kring-Position"]
    people: Any = await manager.get("/people", params={"at_least": position})
    assert people.status_code == 200, people.text
    assert [one["name"] for one in people.json()["items"]] == ["Anna Bakker"]
