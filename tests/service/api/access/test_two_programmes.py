"""The reach of every token across two programmes that share people and an organisation, operation by operation.

The manager of the second programme makes every one-sided claim on the first, and issues tokens for its people. Each of
these tokens calls every operation on the first programme's items; none of it is read or done.
"""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from domain.foundation import Selector
from tests.conftest import Api
from tests.reference.who_may import rows
from tests.service.api.access.examples.who_may import ON_BEHALF, UPLOAD, ask, outcome
from tests.service.api.examples.everybody import Everybody, bodies, everybody
from tests.service.api.examples.programme import made

pytestmark = pytest.mark.own_kring  # the setting is large

SHARED = {"organisation", "person", "member", "guide", "boss", "guest", "email", "email_of_guide"}
"""Items of the first programme that others may know: the public organisation, and people who are in the second too."""
OF_NOBODY = {"report", "number", "location"}
"""Placeholders in paths that are no ids."""
DENIED_TO_ALL = {
    "POST /organisations/{organisation}/contacts",
    "POST /organisations/{organisation}/trail/brought-in",
    "PUT /organisations/{organisation}",
    "PUT /people/{person}",
}
"""Commands on shared things: the organisation as a whole, the first programme's challenge, people of both."""
WHY = {"Kring-Reason": "Omdat het kan"}


def named_in(operation: str) -> set[str]:
    """Placeholders in the path of an operation."""
    return set(re.findall(r"\{(\w+)\}", operation))


def is_about_the_first(operation: str) -> bool:
    """Whether the path names something that only the first programme has."""
    return bool(named_in(operation) - SHARED - OF_NOBODY)


def private(all_: Everybody) -> dict[str, str]:
    """Ids that nobody outside the first programme may read."""
    people = dict(zip("pqrst", all_.team.people[2:], strict=False))
    return people | {
        name: one
        for name, one in all_.ids.items()
        if name not in SHARED | OF_NOBODY | {"position", "link"} and re.fullmatch(r"[a-z]+_[0-9a-z]{26}", one)
    }


async def claimed(all_: Everybody) -> str:
    """Make every one-sided claim on the first programme: name its organisation, enrol its people."""
    ids, mallory = all_.ids, all_.known["manager elsewhere"]
    programme = made(await mallory.post("/programmes", json={"name": "Andere", "edition": "2018"}))["id"]
    here = f"/programmes/{programme}"
    body = {"title": "Van hen", "context": "Zogenaamd.", "organisation_id": ids["organisation"]}
    challenge, gone = [made(await mallory.post(f"{here}/challenges", json=body))["id"] for _ in range(2)]
    on_behalf = {"Kring-On-Behalf-Of": ids["organisation"], **WHY}
    made(await mallory.post(f"/challenges/{gone}/withdrawal", headers=on_behalf), 200)
    for person in (ids["member"], ids["person"]):
        enrolled = {"person_id": person, "organisation_id": ids["organisation"]}
        made(await mallory.post(f"{here}/participants", json=enrolled))
    for person in (ids["guide"], ids["guest"]):
        made(await mallory.post(f"{here}/facilitators", json={"person_id": person}))
    made(await mallory.post(f"{here}/managers", json={"person_id": ids["boss"]}))
    for role in ("commissioner", "auditor"):
        contact = {"person_id": all_.team.commissioner_id, "role": role, "challenge_ids": [challenge]}
        made(await mallory.post(f"/organisations/{ids['organisation']}/contacts", json=contact))
    registered = made(await mallory.post("/organisations", json={"name": "Van Mallory"}))["id"]
    proposed = await mallory.post(f"{here}/challenges", json=body | {"organisation_id": registered})
    brought = {"positions": [int(proposed.headers["Kring-Position"])], "reason": "Omdat het kan"}
    made(await mallory.post(f"/organisations/{ids['organisation']}/trail/brought-in", json=brought))
    return programme


async def issued_by(client: httpx.AsyncClient, api: Api, role: str, person: str) -> httpx.AsyncClient:
    """A client with a token issued by this one."""
    return api.client(made(await client.post("/tokens", json={"role": role, "person_id": person}))["token"])


async def test_rules_27_28_no_programme_reaches_another_whatever_it_claims(
    api: Api,
) -> None:
    all_ = await everybody(api)
    second = await claimed(all_)
    ids, mallory = all_.ids, all_.known["manager elsewhere"]
    roles = {
        "participant": ids["member"],
        "facilitator": ids["guide"],
        "manager": ids["boss"],
        "commissioner": all_.team.commissioner_id,
        "auditor": all_.team.commissioner_id,
        "reporting": ids["person"],
    }
    asking = {role: await issued_by(mallory, api, role, person) for role, person in roles.items()}
    asking["the manager who claims"] = mallory
    head = await api.kring.log.head()
    made(await all_.team.manager.get("/people", params={"at_least": head}), 200)
    secret, strange = private(all_), list[str]()
    for operation, _ in rows():
        for asker, client in asking.items():
            answer = await ask(client, operation, all_, asker)
            strange += [f"{operation}, {asker}: {one}" for one in _wrong(operation, answer, secret)]
            if not operation.startswith("GET") and asker == "the manager who claims":
                behalf = {"Kring-On-Behalf-Of": ids["organisation"], **WHY}
                answer = await _asked_on_behalf(client, operation, all_, behalf)
                if is_about_the_first(operation) and outcome(answer) not in {"forbidden", "hidden"}:
                    strange.append(f"{operation}, on behalf: {answer.status_code} {answer.text[:200]}")
    assert strange == [], "\n".join(strange)
    for role, client in asking.items():
        issued = await client.post("/tokens", json={"role": "participant", "person_id": ids["member"]})
        assert issued.status_code in {201, 403}, role
        assert issued.status_code == 403 or second in issued.json()["programme_ids"]
        assert issued.status_code == 403 or all_.team.programme not in issued.json()["programme_ids"]
    of_first = api.kring.commands.mapper.query([Selector(types=[], tags=[all_.team.programme])])
    assert (await api.kring.log.read(of_first, after=head))[0] == []


def _wrong(operation: str, answer: httpx.Response, secret: dict[str, str]) -> Iterator[str]:
    """Violations in an answer to somebody of the second programme."""
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        yield f"a fault, {answer.text[:200]}"
    denied = outcome(answer) in {"forbidden", "hidden"}
    if (is_about_the_first(operation) or operation in DENIED_TO_ALL) and not denied:
        yield f"{answer.status_code} {answer.text[:200]}"
    if not denied:
        yield from (f"tells {name}" for name, one in secret.items() if one in answer.text)


async def _asked_on_behalf(
    client: httpx.AsyncClient, operation: str, all_: Everybody, headers: dict[str, str]
) -> httpx.Response:
    method, _, path = operation.partition(" ")
    if operation == UPLOAD:
        content = ("b.pdf", b"%PDF-1.7", "application/pdf")
        return await client.post(path.format(**all_.ids), files={"file": content}, headers=headers)
    body: Any = bodies(all_.ids).get(operation)
    return await client.request(method, path.format(**all_.ids), json=body, headers=headers)


@pytest.mark.parametrize("claims", [False, True], ids=["alone", "claimed by another programme"])
async def test_rule_28_a_managers_token_gives_its_role_in_their_programme_despite_claims(
    api: Api, claims: bool
) -> None:
    all_ = await everybody(api)
    if claims:
        await claimed(all_)
    boss = all_.known["manager"]
    people = {"member": ("participant", all_.ids["member"]), "facilitator": ("facilitator", all_.ids["guide"])}
    people["manager"] = ("manager", all_.ids["boss"])
    asking = {asker: await issued_by(boss, api, role, person) for asker, (role, person) in people.items()}
    made(await all_.team.manager.get("/people", params={"at_least": await api.kring.log.head()}), 200)
    strange: list[str] = []
    for operation, outcomes in rows():
        for asker, client in asking.items():
            answer = await ask(client, operation, all_, asker)
            if outcome(answer) != outcomes[asker]:
                strange.append(f"{operation}, {asker}: {outcomes[asker]}, not {answer.status_code} {answer.text[:200]}")
    assert strange == [], "\n".join(strange)


def test_almost_all_operations_concern_the_first_programme() -> None:
    about = [operation for operation, _ in rows() if is_about_the_first(operation)]
    assert len(about) > 150
    assert {operation for operation, _ in rows()} >= DENIED_TO_ALL | ON_BEHALF
