"""Pages of gatherings: planning, moving, cancelling, attendance and minutes, by forms."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from service.clock_and_ids import now
from tests.conftest import Api
from tests.service.api.examples.gatherings import AGENDA, DAY, session
from tests.service.api.examples.team import ATeam, a_team, ok

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def head(api: Api) -> str:
    return str(await api.head())


async def own_gathering(team: ATeam) -> str:
    body = {"kind": "own", "agenda": AGENDA, **DAY}
    return (await ok(await team.members[0].post(f"/teams/{team.id}/gatherings", json=body)))["id"]


async def test_members_plan_move_and_cancel_their_own_gathering(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    page, day = f"/teams/{team.id}/gatherings", (now() + timedelta(days=30)).strftime("%Y-%m-%d")
    anna = await visitors.of(team.people[0])
    times = {"starts_at": f"{day}T19:00", "ends_at": f"{day}T18:00"}
    anna.client.headers["Referer"] = api.url + page
    wrong = await anna.send(page, {**times, "where": "Bij Anna", "agenda": "Eerst dit\n\nDan dat"})
    assert wrong.status_code == 422
    assert 'id="plan-ends_at-error"' in wrong.text
    assert f'name="back" value="{page}"' in wrong.text
    assert "Bij Anna" in wrong.text
    hidden = await anna.hidden(page, page)
    sent = {**hidden, **times, "ends_at": f"{day}T21:30", "where": "Bij Anna", "agenda": "Eerst dit\n\nDan dat"}
    planned, again = await anna.post(page, sent), await anna.post(page, sent)
    assert planned.headers["Location"] == again.headers["Location"]
    shown = (await anna.get(planned.headers["Location"])).text
    assert "<h1>Own gathering is on " in shown
    assert "7:00" in shown or "19:00" in shown or "19.00" in shown
    assert [one in shown for one in ("Eerst dit", "Dan dat", "Bij Anna")] == [True] * 3
    assert "Write the minutes" not in shown
    at = planned.headers["Location"].partition("?")[0]
    bert = await visitors.of(team.people[1], "nl")
    moved = {"starts_at": f"{day}T20:00", "ends_at": f"{day}T22:00", "where": "In de kroeg"}
    after = await bert.send(at, moved, f"{at}/move")
    assert "verplaatst door" in (await bert.get(after.headers["Location"])).text
    none = await bert.send(at, {"reason": ""}, f"{at}/cancellation")
    assert "Dit ontbreekt." in none.text
    cancelled = await bert.send(at, {"reason": "Niemand kan"}, f"{at}/cancellation")
    gone = (await bert.get(cancelled.headers["Location"])).text
    assert "gaat niet door" in gone
    assert "/cancellation" not in gone
    listed = (await anna.get(page)).text
    assert "No gathering is planned now" in listed


async def test_what_cannot_be_read_as_a_time_or_line_is_named(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    page = f"/teams/{team.id}/gatherings"
    anna = await visitors.of(team.people[0], "nl")
    sent = {"starts_at": "gisteren", "ends_at": "2027-01-01T10:00", "where": "Hier", "agenda": "x" * 201}
    wrong = await anna.send(page, sent)
    assert wrong.status_code == 422
    assert 'id="plan-starts_at-error"' in wrong.text
    long = await anna.send(page, {**sent, "starts_at": "2027-01-01T09:00"})
    assert long.status_code == 422
    assert 'id="plan-agenda-error"' in long.text
    twice = await anna.send(page, {**sent, "starts_at": "2027-10-31T02:30", "ends_at": "2027-10-31T04:00"})
    assert "wijst deze tijd op 31 oktober 2027 twee keer aan" in twice.text
    assert 'name="starts_turn"' in twice.text
    assert 'name="ends_turn"' not in twice.text


async def test_members_record_what_came_up_and_who_was_there(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    gathering = await own_gathering(team)
    page, at = f"/gatherings/{gathering}", await head(api)
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1])
    assert "How did it go?" in (await anna.get(page, recorded=at)).text
    held = await anna.send(
        page, {"topics": ["networking"], "techniques": "Patronenkaart\nVijf keer waarom"}, f"{page}/holding"
    )
    shown = (await anna.get(held.headers["Location"])).text
    assert "was held on" in shown
    assert "Patronenkaart" in shown
    listed = {"present": team.people[:2], f"why-{team.people[2]}": "Ziek"}
    there = await anna.send(page, listed, f"{page}/attendance")
    assert there.status_code == 303
    mine = (await anna.get(there.headers["Location"])).text
    assert "2 of 4 were there." in mine
    assert "absent: Ziek" in mine
    assert "Ziek" not in (await bert.get(page)).text
    without = await bert.send(page, {"present": team.people[:3]}, f"{page}/attendance")
    assert without.status_code == 422
    corrected = await bert.send(page, {"present": team.people[:3], "reason": "Cora kwam later"}, f"{page}/attendance")
    assert "3 of 4 were there." in (await bert.get(corrected.headers["Location"])).text
    undone = await anna.send(page, {"not_held": "true", "reason": "Verkeerde knop"}, f"{page}/holding")
    assert "was to be on" in (await anna.get(undone.headers["Location"])).text


async def test_minutes_are_written_approved_and_corrected(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    gathering = await own_gathering(team)
    page = f"/gatherings/{gathering}"
    people = [{"person_id": one, "present": True} for one in team.people[:2]]
    await ok(await team.members[0].post(f"{page}/attendance", json={"people": people}), 200)
    anna, bert, cora = [await visitors.of(one) for one in team.people[:3]]
    await anna.get(page, recorded=await head(api))
    hidden = await bert.hidden(page, f"{page}/minutes")
    first = await anna.send(page, {"text": "Van Anna."}, f"{page}/minutes")
    assert first.status_code == 303
    later = await bert.post(f"{page}/minutes", {**hidden, "text": "Van Bert."})
    assert later.status_code == 409
    assert "Van Anna." in later.text
    assert "Van Bert.</textarea>" in later.text
    assert "Above is version 1, as it is now." in later.text
    both = await bert.post(f"{page}/minutes", {**fields_of(later.text, f"{page}/minutes"), "text": "Van beiden."})
    assert both.status_code == 303
    assert "/minutes-approval" not in (await cora.get(both.headers["Location"])).text
    approved = await bert.send(page, {}, f"{page}/minutes-approval")
    shown = (await cora.get(approved.headers["Location"])).text
    assert "approved by Bert" in shown
    assert "1 earlier version" in shown
    earlier = re.search(r'\?as_of=(\d+)">version 1', shown)
    assert earlier is not None
    assert "Van Anna." in (await cora.get(page, as_of=earlier[1])).text
    without = await cora.send(page, {"text": "Toch anders."}, f"{page}/minutes")
    assert without.status_code == 422
    corrected = await cora.send(page, {"text": "Toch anders.", "reason": "Naam fout"}, f"{page}/minutes")
    assert "Toch anders." in (await anna.get(corrected.headers["Location"])).text


def fields_of(html: str, action: str) -> dict[str, str]:
    """The hidden fields of a form."""
    form = html.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


async def test_others_read_of_a_gathering_what_is_theirs(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    own, joint = await own_gathering(team), (await ok(await session(team)))["id"]
    at = await head(api)
    eva, banker = await visitors.of(team.people[4]), await visitors.of(team.commissioner_id)
    assert (await eva.get(f"/gatherings/{own}", recorded=at)).status_code == 404
    shown = (await eva.get(f"/gatherings/{joint}")).text
    assert "all CoPs together" in shown
    assert "/cancellation" not in shown
    outside = (await banker.get(f"/gatherings/{own}")).text
    assert "What you do not read here" in outside
    assert "Who was there</h2>" not in outside
    guide = await visitors.of((await team.facilitator.get("/me")).json()["person"]["id"])
    guided = (await guide.get(f"/gatherings/{joint}")).text
    assert "How did it go?" in guided
    hidden = await eva.hidden("/agenda", "/agenda/calendar")
    refused = await eva.post(f"/gatherings/{joint}/cancellation", {**hidden, "reason": "Geen zin"})
    assert refused.status_code == 403
    assert "Geen zin" not in (await guide.get(f"/gatherings/{joint}")).text
