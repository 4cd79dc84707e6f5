"""The home pages of all roles, and what they say is new since one was last here."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page

from service.pages.home.news import ABSENCE, FIRST, Seen
from tests.conftest import Api
from tests.service.api.examples.gatherings import DAY
from tests.service.api.examples.programme import Setting, ballot, made, programme
from tests.service.pages.examples.queries import queries_of
from tests.service.pages.examples.visits import Visitor, sign_in

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

SEEN = "__Host-kring-seen"


async def contact(api: Api, setting: Setting, role: str) -> str:
    """A person who is a contact of the organisation, for all its challenges."""
    name = f"{role} of all"
    person = made(await setting.manager.post("/people", json={"name": name, "email": api.address(role)}))["id"]
    body = {"person_id": person, "role": role}
    made(await setting.manager.post(f"/organisations/{setting.organisation}/contacts", json=body))
    return person


async def guide_of(setting: Setting) -> str:
    """The facilitator of the programme."""
    return made(await setting.facilitator.get("/me"), 200)["person"]["id"]


async def home(visitor: Visitor, api: Api) -> str:
    """The home page, with everything that was recorded so far."""
    answer = await visitor.get("/", recorded=str(await api.head()))
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_participant_reads_how_many_days_are_left_to_vote(
    api: Api, visitors: "Visitors", monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = await programme(api, participants=2)
    running = await ballot(setting, closes_at="2099-01-01T12:00:00+01:00")
    anna = await visitors.of(setting.ids[0], "nl")
    page = await home(anna, api)
    assert re.search(r"<h1>\s*Nog [\d.]+ dagen om te kiezen waaraan jullie dit jaar werken", page)
    assert "0 van de 2 stemgerechtigden" in page
    assert "Vul je stembiljet in" in page
    most = {"/": 23, "/agenda": 12, "/challenges": 12, f"/ballots/{running}": 25}  # now and then one is shared
    taken = {path: await queries_of(anna, path, monkeypatch) for path in most}
    assert all(taken[path] <= most[path] for path in most), f"more queries than needed before: {taken}"


async def test_a_facilitator_sees_what_waits_the_phases_and_the_cops(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=2, challenges=2)
    body = {"title": "Nog een?", "context": "Waarom.", "organisation_id": setting.organisation}
    made(await setting.people[0].post(f"/programmes/{setting.programme}/challenges", json=body))
    guide = await visitors.of(await guide_of(setting))
    page = await home(guide, api)
    assert "1 challenge waits to be admitted" in page
    assert "2 of 3 judged" in page
    assert "There are no CoPs yet." in page
    assert "In numbers" not in page
    assert "Nothing is late" in page
    over = {"kind": "session", "number": 1, **DAY}
    made(await setting.facilitator.post(f"/programmes/{setting.programme}/gatherings", json=over))
    page = await home(guide, api)
    assert "1 gathering is over, and nobody recorded how it went" in page
    assert "got no answer in time" not in page


async def test_a_manager_sees_the_numbers_and_whether_kring_works(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=2, challenges=1)
    boss = made(await setting.manager.post("/people", json={"name": "Boss", "email": api.address("boss")}))["id"]
    made(await setting.manager.post(f"/programmes/{setting.programme}/managers", json={"person_id": boss}))
    page = await home(await visitors.of(boss), api)
    assert "In numbers" in page
    assert "2 participants" in page
    assert "No job of this programme has failed." in page


async def test_a_commissioner_reads_where_each_challenge_stands(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=2)
    hospital = made(await setting.manager.post("/organisations", json={"name": "Hospital"}))["id"]
    body = {"title": "Van een ander", "context": "Waarom.", "organisation_id": hospital}
    other = made(await setting.manager.post(f"/programmes/{setting.programme}/challenges", json=body))["id"]
    await setting.facilitator.post(f"/challenges/{other}/admission")
    await ballot(setting, challenge_ids=[*setting.challenges, other])
    before = await api.head()
    banker = await visitors.of(await contact(api, setting, "commissioner"))
    page = await home(banker, api)
    assert "Where your challenges stand" in page
    assert "Vraagstuk 0" in page
    assert "Vraagstuk 1" in page
    assert "What you never read here" in page
    past = await banker.get("/", as_of=str(before))
    assert "As it was on" in past.text
    assert "Vraagstuk 1" in past.text
    assert "Van een ander" not in past.text
    assert "For you" not in past.text


async def test_an_auditor_reads_the_latest_facts_with_pseudonyms(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=12)
    auditor = await visitors.of(await contact(api, setting, "auditor"))
    page = await home(auditor, api)
    assert "The latest fact that you can audit" in page
    assert "Guide" not in page
    following = re.search(r'href="(/\?before=\d+)"', page)
    assert following is not None
    earlier = await auditor.get(following[1])
    assert "Facts up to" in earlier.text
    assert "Back to the latest" in earlier.text


async def test_somebody_of_another_programme_reads_nothing_of_this_one(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=1)
    elsewhere = Api(api.url, api.kring)  # with addresses of its own
    other = await programme(elsewhere, participants=1, challenges=0)
    await elsewhere.close()
    page = await home(await visitors.of(other.ids[0]), api)
    assert "Vraagstuk 0" not in page
    assert setting.challenges[0] not in page


async def test_the_past_of_what_is_to_be_done_is_not_shown(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    answer = await (await visitors.of(setting.ids[0])).get("/", as_of="1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


# Since you were last here


def test_the_position_moves_on_only_after_an_absence() -> None:
    absence = int(ABSENCE.total_seconds())
    first = FIRST.shown(1_000_000)._replace(until=10, at=1_000_000)
    assert first.since == 0
    reloaded = first.shown(1_000_000 + absence)
    assert reloaded.since == 0
    later = reloaded._replace(until=15, at=1_000_100)
    assert later.shown(1_000_101 + absence) == Seen(15, 1_000_100, 15, 1_000_101 + absence)


async def test_what_is_new_survives_a_reload_and_goes_after_an_absence(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=1)
    anna = await visitors.of(setting.ids[0])
    place = f"participant.{setting.programme}"
    session = anna.client.headers["Cookie"]
    head = await api.head()
    made(await setting.facilitator.post(f"/programmes/{setting.programme}/announcements", json={"text": "Dag."}))
    for value, is_new in (
        (f"{setting.ids[0]}~{place}:{head}.1.{head}.1", True),  # back after an absence
        (f"{setting.ids[0]}~{place}:0.1.999999999.1", True),  # a log that was restored: from the beginning
        (f"{setting.ids[0]}~{place}:0.1.{await api.head()}.1", False),  # seen the last time
        (f"person_of_somebody_else~{place}:0.1.{await api.head()}.1", True),
        ("~~:::nonsense~a:b.c.d.e", True),
    ):
        anna.client.headers["Cookie"] = f"{session}; {SEEN}={value}"
        answer = await anna.get("/", recorded=str(await api.head()))
        assert ("announcement" in answer.text.partition('id="news"')[2].partition("</section>")[0]) is is_new, value
        anna.client.headers["Cookie"] = f"{session}; {SEEN}={answer.cookies[SEEN]}"
        reloaded = await anna.get("/")
        assert ("announcement" in reloaded.text.partition('id="news"')[2].partition("</section>")[0]) is is_new, value


async def test_the_home_page_of_a_facilitator_fits_a_phone(api: Api, tab: Page) -> None:
    setting = await programme(api, participants=1, challenges=1)
    await sign_in(tab, api, await guide_of(setting))
    await tab.set_viewport_size({"width": 320, "height": 800})
    assert await tab.evaluate("document.documentElement.scrollWidth") <= 320
    assert await tab.locator("h1").count() == 1
