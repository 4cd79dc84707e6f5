"""Secret ballots over HTTP (docs/explanation/sealing.md 'Ballot papers'): what an answer shows once, and what is stored."""

# asyncpg is barely typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import base64
import hashlib
from typing import Any

import asyncpg
import httpx
import pytest

from service.ballot_papers import count_key
from service.sealing.keys import Destroyed
from tests.conftest import Api, Database
from tests.service.api.examples.programme import Setting, ballot, made, programme

TABLES = """
select format('%I.%I', table_schema, table_name) from information_schema.tables
where table_schema in ('public', 'views') and table_type = 'BASE TABLE'
"""


async def dump(database: Database) -> dict[str, list[str]]:
    """Every row of every table as text, by table name."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        tables = [one[0] for one in await connection.fetch(TABLES)]
        return {
            table: [one[0] for one in await connection.fetch(f"select to_jsonb(t)::text from {table} t")]
            for table in tables
        }
    finally:
        await connection.close()


async def vote(client: httpx.AsyncClient, running: str, *approvals: str, **headers: str) -> dict[str, Any]:
    return made(await client.put(f"/ballots/{running}/vote", json={"approvals": approvals}, headers=headers), 200)


async def counted(setting: Setting, running: str) -> None:
    made(await setting.facilitator.post(f"/ballots/{running}/close"), 200)
    made(await setting.facilitator.post(f"/ballots/{running}/count"), 200)


def octets(receipt: str) -> bytes:
    return base64.urlsafe_b64decode(receipt + "==")


def tracker_of(receipt: str) -> str:
    """Tracker computed as the how-to guide describes."""
    return base64.b32encode(hashlib.sha256(b"kring/tracker/1" + octets(receipt)).digest())[:10].decode()


def forms(receipt: str) -> list[str]:
    """Encodings of a receipt that a dump may contain."""
    raw = octets(receipt)
    return [receipt, raw.hex(), base64.b64encode(raw).decode().rstrip("="), base64.b32encode(raw).decode().rstrip("=")]


async def test_a_secret_vote_returns_tracker_and_receipt_once_and_never_the_paper(api: Api) -> None:
    setting = await programme(api, participants=5)
    running = await ballot(setting, secrecy="secret")
    anna, first = setting.people[0], setting.challenges[0]
    response = await anna.put(f"/ballots/{running}/vote", json={"approvals": [first]})
    answer = made(response, 200)
    assert response.headers["Cache-Control"] == "no-store"
    assert (answer["approvals"], answer["ranking"], answer["status"]) == (None, None, "current")
    assert answer["tracker"] == tracker_of(answer["receipt"])
    shown = await anna.get(f"/ballots/{running}/vote")
    assert made(shown, 200) == {**answer, "tracker": None, "receipt": None}
    assert shown.headers["Cache-Control"] == "no-store"
    again = await vote(anna, running, first)
    assert again["tracker"] != answer["tracker"]


async def test_rule_5_a_recusal_reveals_nothing_about_a_secret_paper(api: Api) -> None:
    """Otherwise a hijacked session of a voter could find out by trial what the paper approves."""
    setting = await programme(api, participants=5)
    running = await ballot(setting, secrecy="secret")
    anna, bert = setting.people[:2]
    first, second, _ = setting.challenges
    recusals = f"/ballots/{running}/recusals"
    made(await bert.post(recusals, json={"challenge_id": second}), 200)  # before voting, as on any ballot
    await vote(anna, running, first)
    answers = [await anna.post(recusals, json={"challenge_id": one}) for one in (first, second)]
    assert {(one.status_code, one.text) for one in answers} == {(409, answers[0].text)}
    assert answers[0].json()["code"] == "paper-handed-in"


async def test_a_repeated_key_returns_no_tracker_or_receipt_and_stores_no_body(api: Api) -> None:
    setting = await programme(api, participants=5)
    running = await ballot(setting, secrecy="secret")
    anna, (first, second, _) = setting.people[0], setting.challenges
    answers = [
        await vote(anna, running, first, **{"Idempotency-Key": "1"}),
        await vote(anna, running, first, **{"Idempotency-Key": "1"}),
        await vote(anna, running, second, **{"Idempotency-Key": "1"}),
    ]
    assert answers[0]["receipt"]
    assert answers[1] == answers[2] == {**answers[0], "tracker": None, "receipt": None}
    await vote(anna, running, second, **{"Idempotency-Key": "2"})
    await vote(anna, running, second, **{"Idempotency-Key": "3"})
    rows = await api.kring.log.pool.fetch("select fingerprint from commands order by first desc limit 3")
    assert len(rows) == 3
    assert len({row[0] for row in rows}) == 1, "a fingerprint that differed by the paper would tell of it"


async def test_on_a_named_ballot_the_same_key_with_another_paper_is_refused(api: Api) -> None:
    setting = await programme(api)
    running = await ballot(setting)
    anna, (first, second, _) = setting.people[0], setting.challenges
    answer = await vote(anna, running, first, **{"Idempotency-Key": "1"})
    assert await vote(anna, running, first, **{"Idempotency-Key": "1"}) == answer
    body, key = {"approvals": [second]}, {"Idempotency-Key": "1"}
    other = await anna.put(f"/ballots/{running}/vote", json=body, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert (answer["approvals"], answer["tracker"], answer["receipt"]) == ([first], None, None)


async def test_the_count_publishes_by_tracker_and_destroys_the_key(api: Api) -> None:
    setting = await programme(api, participants=7)
    running = await ballot(setting, secrecy="secret", seats=1)
    first, second, _ = setting.challenges
    choices = [[first], [first, second], [], [second], [first], [first], [second]]
    trackers = [
        (await vote(one, running, *approvals))["tracker"]
        for one, approvals in zip(setting.people, choices, strict=True)
    ]
    assert (await setting.people[0].get(f"/ballots/{running}/result")).status_code == 404
    await counted(setting, running)
    with pytest.raises(Destroyed):
        api.kring.keys.get(count_key(running))
    assert await api.kring.log.papers(running) == []
    at = await api.kring.log.head()
    for client in (setting.people[0], setting.facilitator, setting.manager):
        result = made(await client.get(f"/ballots/{running}/result?at_least={at}"), 200)
        assert [one["tracker"] for one in result["papers"]] == sorted(trackers)
        assert {one["voter_id"] for one in result["papers"]} == {None}
        assert {one["tracker"]: one["approvals"] for one in result["papers"]} == dict(
            zip(trackers, [sorted(one, key=setting.challenges.index) for one in choices], strict=True)
        )
        assert {name for one in result["trace"] for share in one["paid"] for name in share["papers"]} <= set(trackers)
        assert sorted(result["roll_ids"]) == sorted(setting.ids)
    own = made(await setting.people[0].get(f"/ballots/{running}/vote"), 200)
    assert (own["status"], own["approvals"], own["tracker"]) == ("counted", None, None)
    commissioner = await api.as_("commissioner", organisations=(setting.organisation,))
    auditor = await api.as_("auditor", organisations=(setting.organisation,))
    assert made(await commissioner.get(f"/ballots/{running}/result"), 200)["roll_ids"] is None
    assert sorted(made(await auditor.get(f"/ballots/{running}/result"), 200)["roll_ids"]) == sorted(setting.ids)


async def test_fewer_than_five_secret_papers_are_never_opened(api: Api) -> None:
    setting = await programme(api, participants=5)
    running = await ballot(setting, secrecy="secret", seats=1)
    for one in setting.people[:4]:
        await vote(one, running, setting.challenges[0])
    await counted(setting, running)
    result = made(await setting.people[0].get(f"/ballots/{running}/result?at_least={await api.kring.log.head()}"), 200)
    assert (result["selected"], result["turnout"], result["stays_closed"]) == (setting.challenges[:1], 4, True)
    assert (result["papers"], result["tallies"], result["trace"], result["own_approvals"]) == ([], [], [], [])


async def test_a_secret_ballot_needs_five_electors_and_forbids_voting_for_others(api: Api) -> None:
    few = await programme(api)
    body = {"challenge_ids": few.challenges, "closes_at": "2099-01-01T00:00:00Z", "secrecy": "secret"}
    answer = await few.facilitator.post(f"/programmes/{few.programme}/ballots", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "too-few-for-secrecy")
    fifth = made(await few.manager.post("/people", json={"name": "V", "email": api.address("v")}))["id"]
    made(await few.manager.post(f"/programmes/{few.programme}/participants", json={"person_id": fifth}))
    running = made(await few.facilitator.post(f"/programmes/{few.programme}/ballots", json=body))["id"]
    entered = {"approvals": [], "voter_id": fifth, "reason": "by telephone"}
    for client, status in ((few.manager, 403), (few.facilitator, 403), (few.people[0], 403)):
        assert (await client.put(f"/ballots/{running}/vote", json=entered)).status_code == status


@pytest.mark.parametrize("secrecy", ["named", "secret"])
async def test_the_database_holds_papers_only_in_sealed_form(api: Api, database: Database, secrecy: str) -> None:
    setting = await programme(api, participants=6)
    running = await ballot(setting, secrecy=secrecy)
    silent = setting.ids[5]
    answers = [
        await vote(one, running, setting.challenges[number % 3], **{"Idempotency-Key": "1"})
        for number, one in enumerate(setting.people[:5])
    ]
    receipts = [one["receipt"] for one in answers if one["receipt"]]
    trackers = [one["tracker"] for one in answers if one["tracker"]]
    assert len(receipts) == len(trackers) == (5 if secrecy == "secret" else 0)
    made(await setting.people[0].get(f"/ballots/{running}?at_least={await api.kring.log.head()}"), 200)
    before = await dump(database)
    assert any(setting.ids[0] in row for row in before["public.papers"])
    for table, rows in before.items():
        for number, voter in enumerate(setting.ids[:5]):
            chosen = setting.challenges[number % 3]
            assert [row for row in rows if chosen in row and voter in row and silent not in row] == [], table
        assert [row for row in rows for one in trackers if one in row] == [], table
        assert [row for row in rows for one in receipts for form in forms(one) if form in row] == [], table
    assert {len(row) for row in await sealed(database)} == {124 + 3}

    await counted(setting, running)
    await api.kring.views.wait(await api.kring.log.head(), 10)
    after = await dump(database)
    assert after["public.papers"] == []
    for table, rows in after.items():
        assert [row for row in rows for one in receipts for form in forms(one) if form in row] == [], table
        telling = [row for row in rows for one in trackers if one in row]
        assert [row for row in telling for voter in setting.ids if voter in row] == [], table
    assert secrecy == "named" or any(trackers[0] in row for rows in after.values() for row in rows)


async def sealed(database: Database) -> list[bytes]:
    connection = await asyncpg.connect(database.owner_url)
    try:
        return [row[0] for row in await connection.fetch("select sealed from papers")]
    finally:
        await connection.close()
