"""Typed text is returned code point for code point, compared in NFC, and never interpreted."""

import pytest

from tests.conftest import Api
from tests.service.api.examples.programme import made, programme

COMPOSED, DECOMPOSED = "Caf\u00e9 Zwolle", "Cafe\u0301 Zwolle"
TEXTS = [
    "\U0001f469\U0001f3fd\u200d\U0001f4bb en \U0001f1f3\U0001f1f1 \u2013 \U0001d518",
    "\u200f\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u05e2\u05d5\u05dc\u05dd",
    "\u0645\u0631\u062d\u0628\u0627\u061c \u0661\u0662\u0663",
    DECOMPOSED,
    "'; drop table events; -- {title} {{7*7}} ${PATH} %s <script>alert(1)</script> \\u0041",
    "regel 1\nregel 2\ttab",
    "\ufeffeen\u00ad woord\u2028en een\u2029einde\ufffd",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_is_returned_exactly_as_typed(api: Api, text: str) -> None:
    setting = await programme(api, participants=1, challenges=0)
    path = f"/programmes/{setting.programme}/challenges"
    body = {"title": "Vraagstuk", "context": text, "organisation_id": setting.organisation}
    shown = made(await setting.people[0].post(path, json=body))
    assert shown["context"] == text
    at = {"at_least": await api.kring.log.head()}
    assert made(await setting.people[0].get(f"/challenges/{shown['id']}", params=at), 200)["context"] == text


@pytest.mark.parametrize("name", [*(one for one in TEXTS if len(one.splitlines()) == 1), "\ufeffeen\u00ad woord\ufffd"])
async def test_a_public_name_is_returned_exactly_as_typed(api: Api, name: str) -> None:
    manager = await api.as_("manager")
    assert made(await manager.post("/organisations", json={"name": name}))["name"] == name


async def test_names_equal_in_nfc_are_the_same_name(api: Api) -> None:
    manager = await api.as_("manager")
    organisation = made(await manager.post("/organisations", json={"name": COMPOSED}))["id"]
    same = await manager.put(f"/organisations/{organisation}", json={"name": DECOMPOSED})
    assert made(same, 409)["code"] == "as-it-is"
    assert (
        made(await manager.get(f"/organisations/{organisation}", params={"at_least": await api.kring.log.head()}), 200)[
            "name"
        ]
        == COMPOSED
    )
