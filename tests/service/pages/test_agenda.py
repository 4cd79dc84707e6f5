"""The agenda: a month, its list, and the calendar link; and the page of everything else."""

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.conftest import Api
from tests.service.api.examples.gatherings import DAY, session
from tests.service.api.examples.team import a_team, ok

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_a_month_has_what_is_on_its_days(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    joint = (await ok(await session(team)))["id"]
    body = {"kind": "own", **DAY, "starts_at": "2016-10-01T08:00:00Z", "ends_at": "2016-10-01T10:00:00Z"}
    own = (await ok(await team.members[0].post(f"/teams/{team.id}/gatherings", json=body)))["id"]
    anna, eva = await visitors.of(team.people[0]), await visitors.of(team.people[4])
    september = (await anna.get("/agenda", month="2016-09", recorded=str(await api.head()))).text
    assert "<h1>In September 2016, one thing is in your agenda</h1>" in september
    assert september.count(f'href="/gatherings/{joint}"') == 2
    assert f'href="/gatherings/{own}"' in september  # its day is in the last week of the table
    assert '<time datetime="2016-10-01">1</time>' in september
    assert 'rel="next">October 2016' in september
    assert f"/gatherings/{own}" not in (await eva.get("/agenda", month="2016-10")).text
    assert "Nothing is in your agenda in" in (await anna.get("/agenda")).text


@pytest.mark.parametrize("month", ["2016-13", "1999-12", "2101-01", "nu", "2016-1"])
async def test_a_month_that_is_none_is_named(api: Api, visitors: "Visitors", month: str) -> None:
    team = await a_team(api)
    answer = await (await visitors.of(team.people[0], "nl")).get("/agenda", month=month)
    assert answer.status_code == 422
    assert "geen maand" in answer.text


async def test_a_calendar_link_is_shown_once_and_replaces_the_old_one(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    await ok(await session(team))
    anna = await visitors.of(team.people[0])
    hidden = await anna.hidden("/agenda", "/agenda/calendar")
    first, again = await anna.post("/agenda/calendar", hidden), await anna.post("/agenda/calendar", hidden)
    assert "It is shown once." in first.text
    assert "Your link was made, and shown before." in again.text
    assert 'href="webcal://' in first.text
    link = re.search(r'readonly value="[^"]*(/api/v1/calendar/[^"]+)"', first.text)
    assert link is not None
    async with httpx.AsyncClient(base_url=api.url) as program:
        shown = await program.get(link[1])
        assert "BEGIN:VEVENT" in shown.text or "BEGIN:VCALENDAR" in shown.text
        assert "You have one." in (await anna.get("/agenda")).text
        await anna.send("/agenda", {}, "/agenda/calendar")
        assert (await program.get(link[1])).status_code == 404


async def test_everything_else_has_a_page_of_links(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    anna, banker = await visitors.of(team.people[0]), await visitors.of(team.commissioner_id)
    more = (await anna.get("/more")).text
    assert [f'href="{one}"' in more for one in ("/challenges", "/cops", "/search", "/me", "/help")] == [True] * 5
    assert 'action="/sign-out"' in more
    assert 'href="/cops"' not in (await banker.get("/more")).text
    async with httpx.AsyncClient(base_url=api.url, headers={"Accept": "text/html"}) as nobody:
        for path in ("/more", "/agenda", "/cop", "/cops"):
            assert (await nobody.get(path)).headers.get("Location", "").startswith("/sign-in"), path
