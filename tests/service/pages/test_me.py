"""The page about oneself: details, browsers, roles."""

import re
from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.programme import programme

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_somebody_changes_their_own_details_once(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    anna = await visitors.of(setting.ids[0], "nl")
    hidden = await anna.hidden("/me", "/me/details")
    sent = {**hidden, "name": "Anna Bakker", "email": api.address("p0"), "language": "en"}
    first, second = await anna.post("/me/details", sent), await anna.post("/me/details", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    page = await anna.get(first.headers["Location"])
    assert 'value="Anna Bakker"' in page.text
    wrong = await anna.send("/me", {"name": "", "email": "geen adres", "language": "nl"}, "/me/details")
    assert wrong.status_code == 422
    assert 'value="geen adres"' in wrong.text


async def test_an_address_in_use_is_refused_and_kept(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=2, challenges=0)
    anna = await visitors.of(setting.ids[0])
    taken = {"name": "Person 0", "email": api.address("p1"), "language": "nl"}
    answer = await anna.send("/me", taken, "/me/details")
    assert answer.status_code == 409
    assert f'value="{api.address("p1")}"' in answer.text


async def test_a_browser_is_signed_out_from_another(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=2, challenges=0)
    anna, phone = await visitors.of(setting.ids[0]), await visitors.of(setting.ids[0])
    stranger = await visitors.of(setting.ids[1])
    page = (await anna.get("/me")).text
    assert "You are signed in in 2 browsers." in page
    assert page.count("this browser") == 1
    action = re.search(r'action="(/me/sessions/signin_[^"]+/revocation)"', page)
    assert action is not None
    assert (await stranger.send("/me", {}, "/me/details")).status_code == 422
    theirs = {"csrf": (await stranger.hidden("/me", "/me/details"))["csrf"]}
    assert (await stranger.post(action[1], theirs)).status_code == 404
    assert (await anna.send("/me", {}, action[1])).status_code == 303
    assert (await phone.get("/me")).status_code == 303
    assert "You are signed in in 1 browser." in (await anna.get("/me")).text


async def test_all_other_browsers_are_signed_out(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    anna, others = await visitors.of(setting.ids[0]), [await visitors.of(setting.ids[0]) for _ in range(2)]
    assert (await anna.send("/me", {}, "/me/sessions/revocation")).status_code == 303
    assert [(await one.get("/me")).status_code for one in others] == [303, 303]
    assert (await anna.get("/me")).status_code == 200


async def test_a_form_without_the_token_signs_nobody_out(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1, challenges=0)
    anna, phone = await visitors.of(setting.ids[0]), await visitors.of(setting.ids[0])
    assert (await anna.post("/me/sessions/revocation", {"csrf": "wrong"})).status_code == 403
    assert (await phone.get("/me")).status_code == 200
