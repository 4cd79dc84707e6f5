"""Pages about people, organisations and announcements, as far as the visitor may see them."""

from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.programme import made, programme

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_a_person_is_shown_with_their_organisation_and_what_they_brought_in(
    api: Api, visitors: "Visitors"
) -> None:
    setting = await programme(api, participants=2, challenges=0)
    body = {"title": "Van Anna?", "context": "Waarom.", "organisation_id": setting.organisation}
    made(await setting.people[0].post(f"/programmes/{setting.programme}/challenges", json=body))
    at = {"recorded": str(await api.head())}
    bert = await visitors.of(setting.ids[1])
    page = (await bert.get(f"/people/{setting.ids[0]}", **at)).text
    assert "<h1>Person 0</h1>" in page
    assert "Takes part for Bank." in page
    assert "Van Anna?" in page
    assert api.address("p0") not in page  # they share no CoP
    assert api.address("p1") in (await bert.get(f"/people/{setting.ids[1]}")).text


async def test_people_and_announcements_of_another_programme_are_not_found(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    told = made(await setting.facilitator.post(f"/programmes/{setting.programme}/announcements", json={"text": "Dag."}))
    elsewhere = Api(api.url, api.kring)  # with addresses of its own
    other = await programme(elsewhere, participants=1, challenges=0)
    await elsewhere.close()
    at = {"recorded": str(await api.head())}
    stranger = await visitors.of(other.ids[0])
    assert (await stranger.get(f"/people/{setting.ids[0]}", **at)).status_code == 404
    assert (await stranger.get(f"/announcements/{told['id']}", **at)).status_code == 404
    anna = await visitors.of(setting.ids[0])
    page = await anna.get(f"/announcements/{told['id']}", **at)
    assert "Dag." in page.text
    assert "made by" in page.text
    assert (await anna.get(f"/announcements/{told['id']}", as_of="1")).status_code == 404


async def test_an_organisation_shows_the_challenges_that_the_visitor_may_see(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=2)
    elsewhere = Api(api.url, api.kring)  # with addresses of its own
    other = await programme(elsewhere, participants=1, challenges=0)
    await elsewhere.close()
    at = {"recorded": str(await api.head())}
    page = await (await visitors.of(setting.ids[0])).get(f"/organisations/{setting.organisation}", **at)
    assert "You can see 2 challenges of it." in page.text
    assert "Vraagstuk 1" in page.text
    stranger = await (await visitors.of(other.ids[0])).get(f"/organisations/{setting.organisation}", **at)
    assert "You can see no challenge of it." in stranger.text
    assert "Vraagstuk 1" not in stranger.text
