"""Signing in to the pages: by link, by code, and what strangers learn (rule 33)."""

import re
from typing import TYPE_CHECKING

from domain.foundation import PersonId
from service.auth.sign_in import operator_link
from service.auth.sign_in_secrets import code_of
from tests.conftest import Api
from tests.service.api.examples.programme import programme

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors

SESSION = re.compile(r"__Host-kring-session=[^;]+; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure")


def request_in(page: str) -> str:
    found = re.search(r'name="request" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def test_a_code_signs_in_the_browser_that_asked(api: Api, visitors: "Visitors") -> None:
    await programme(api, participants=1)
    stranger = visitors.stranger()
    asked = await stranger.send("/sign-in", {"email": api.address("p0")})
    request = request_in(asked.text)
    hidden = {"csrf": "", "request": request, "email": api.address("p0"), "back": "/challenges"}
    csrf = re.search(r'name="csrf" value="([^"]+)"', asked.text)
    assert csrf is not None
    hidden["csrf"] = csrf[1]
    code = code_of(api.kring.keys, request)
    wrong = await stranger.post("/sign-in/code", {**hidden, "code": f"{(int(code) + 1) % 10**6:06}"})
    assert wrong.status_code == 422
    assert "You can still try 4 times" in wrong.text
    other = visitors.stranger()
    await other.get("/sign-in")
    elsewhere = await other.post("/sign-in/code", {**hidden, "code": code})
    assert elsewhere.status_code == 403, "its form was made for another browser"
    right = await stranger.post("/sign-in/code", {**hidden, "code": f"{code[:3]} {code[3:]}"})
    assert (right.status_code, right.headers["Location"]) == (303, "/challenges")
    assert SESSION.fullmatch(right.headers["Set-Cookie"])
    assert "Person 0" in (await stranger.get("/challenges")).text


async def test_an_unknown_address_is_answered_like_a_known_one(api: Api, visitors: "Visitors") -> None:
    await programme(api, participants=1)
    shown = list[str]()
    for name in ("p0", "nobody"):
        stranger = visitors.stranger()
        answer = await stranger.send("/sign-in", {"email": api.address(name)})
        text = answer.text.replace(api.address(name), "ADDRESS")
        shown.append(re.sub(r'value="[^"]*"', "", text))
        assert answer.status_code == 200
    assert shown[0] == shown[1]


async def test_what_is_no_address_is_said_beside_the_field(visitors: "Visitors") -> None:
    for typed in ("", "nobody", "a b@c"):
        answer = await visitors.stranger("nl").send("/sign-in", {"email": typed})
        assert answer.status_code == 422, typed
        assert 'id="address-email-error"' in answer.text


async def test_opening_a_link_uses_nothing_up_and_pressing_it_twice_signs_in_once(
    api: Api, visitors: "Visitors"
) -> None:
    setting = await programme(api, participants=1)
    link = await operator_link(api.kring, PersonId(setting.ids[0]))
    scanner, anna, other = visitors.stranger(), visitors.stranger(), visitors.stranger()
    for _ in range(3):
        assert "Sign in as Person 0" in (await scanner.get(link)).text
    assert (await anna.send(link, {})).status_code == 303
    assert (await other.get(link)).status_code == 410
    assert "used already" in (await other.get(link)).text


async def test_signing_out_ends_the_session_in_every_copy_of_the_cookie(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1)
    anna = await visitors.of(setting.ids[0])
    cookie = anna.client.headers["Cookie"]
    csrf = (await anna.hidden("/challenges/new", "/language"))["csrf"]
    out = await anna.post("/sign-out", {"csrf": csrf})
    assert (out.status_code, out.headers.get("Location")) == (303, "/"), out.text
    anna.client.headers["Cookie"] = cookie
    assert (await anna.get("/challenges")).headers["Location"] == "/sign-in?back=%2Fchallenges"


async def test_only_paths_of_these_pages_are_gone_back_to(api: Api, visitors: "Visitors") -> None:
    setting = await programme(api, participants=1)
    anna = await visitors.of(setting.ids[0])
    own = "/challenges?cursor="
    for back, gone_to in ((own, own), ("//evil.example", "/"), ("/\\evil", "/"), ("https://evil", "/")):
        answer = await anna.send("/challenges/new", {"back": back, "to": "nl"}, action="/language")
        assert answer.headers["Location"] == gone_to, back
