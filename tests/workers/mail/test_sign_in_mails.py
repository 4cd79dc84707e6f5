"""Mails with a link and code to sign in: to whoever has the address, while they are valid, and secret everywhere else."""

import asyncio
import re
from collections.abc import AsyncGenerator

import pytest
from structlog.testing import capture_logs

from service.auth.devices import Device
from service.auth.sessions import session_of
from service.auth.sign_in import SignIns
from service.kring import Kring
from tests.workers.examples.note_jobs import handle_kinds
from tests.workers.examples.stage import Stage, working
from tests.workers.mail.examples.mails import Letterbox, by_smtp, mails, text
from workers.job_registry import SLOTS, JobKind, job_kinds
from workers.jobs.circuit_breaker import Breakers
from workers.jobs.queue import Claimed

BROWSER = "b" * 43
PHONE = Device("Firefox", "Android")
LINK = re.compile(r"https://kring\.example/sign-in/([0-7][0-9a-z]{25}_[A-Za-z0-9_-]{43})\n")
CODE = re.compile(r"\n\n(\d{6})\n\n")


@pytest.fixture
async def sign_ins(stage: Stage) -> AsyncGenerator[SignIns]:
    """Requests to sign in."""
    made = SignIns(stage.kring)
    yield made
    await made.close()


def secrets_in(mail: str) -> tuple[str, str]:
    """The link and the code in the text of a mail."""
    link, code = LINK.search(mail), CODE.search(mail)
    assert link is not None
    assert code is not None
    return link[1], code[1]


async def test_rule_33_whoever_asks_gets_a_link_and_a_code_by_mail(
    stage: Stage, sign_ins: SignIns, letterbox: tuple[Letterbox, str]
) -> None:
    box, url = letterbox
    asked = await sign_ins.ask("e0@example.org", BROWSER, device=PHONE)
    await sign_ins.ask("e2@example.org", BROWSER, device=Device("", ""))
    async with working(by_smtp(stage.kring, url)):
        await stage.settled("mail_sign_in")
    received = {to[0]: message for to, message in box.received}
    dutch, english = received["e0@example.org"], received["e2@example.org"]
    assert [one["Subject"] for one in (dutch, english)] == ["Kring: aanmelden", "Kring: sign in"]
    assert "(Europe/Amsterdam) in Firefox op Android om zich met jouw adres" in text(dutch)
    assert "an unknown browser" in text(english)
    for one in (dutch, english):
        assert stage.kring.log.log_id not in text(one), "no event requires it"
        assert one["List-Id"] == "Kring <house.kring.example>"
        link, code = secrets_in(text(one))
        assert f'href="https://kring.example/sign-in/{link}"' in text(one, "html")
        assert code in text(one, "html")
    _, code = secrets_in(text(dutch))
    new = await sign_ins.use_code(asked, BROWSER, code, device=PHONE)
    assert new.person == stage.electors[0]
    link, _ = secrets_in(text(english))
    assert (await sign_ins.use_link(link, device=PHONE)).person == stage.electors[2]
    assert await session_of(stage.kring, new.cookie)


async def test_nobody_gets_a_mail_for_an_unknown_address(stage: Stage, sign_ins: SignIns) -> None:
    await sign_ins.ask("nobody@example.org", BROWSER, device=PHONE)
    async with working(stage.kring):
        ((state, key, attempts),) = await stage.settled("mail_sign_in")
    assert (state, attempts) == ("done", 1)
    assert "nobody" not in key
    assert mails(stage) == {}


@pytest.mark.parametrize("change", ["used_at = now()", "expires_at = now()", "address = sha256('other')"])
async def test_no_mail_is_sent_for_a_request_that_is_over(stage: Stage, sign_ins: SignIns, change: str) -> None:
    await sign_ins.ask("e0@example.org", BROWSER, device=PHONE)
    await stage.kring.log.pool.execute(f"update sign_in_requests set {change}")
    async with working(stage.kring):
        assert [one[0] for one in await stage.settled("mail_sign_in")] == ["done"]
    assert mails(stage) == {}


async def test_a_mail_to_sign_in_does_not_wait_for_other_mails(
    stage: Stage, sign_ins: SignIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = asyncio.Event()

    async def hangs(_: Kring, __: Claimed) -> None:
        await hanging.wait()

    known = job_kinds(Breakers())
    handle_kinds(monkeypatch, note=JobKind(hangs, "mail"), mail_sign_in=known["mail_sign_in"])
    await stage.kring.log.pool.execute(
        """
        insert into jobs (key, kind, arguments, position, correlation_id, due_at)
        select 'note:' || n, 'note', '{"number": "1"}', 1, gen_random_uuid(), now() from generate_series(1, $1::int) n
        """,
        2 * SLOTS["mail"],
    )
    async with working(stage.kring):
        await sign_ins.ask("e0@example.org", BROWSER, device=PHONE)
        await stage.settled("mail_sign_in")
        assert len(mails(stage)[stage.electors[0]]) == 1
        hanging.set()


async def test_link_and_code_are_in_the_mail_alone(stage: Stage, sign_ins: SignIns) -> None:
    with capture_logs() as logged:
        asked = await sign_ins.ask("e0@example.org", BROWSER, device=PHONE)
        async with working(stage.kring):
            await stage.settled("mail_sign_in")
        (mail,) = mails(stage)[stage.electors[0]]
        link, code = secrets_in(text(mail))
        new = await sign_ins.use_code(asked, BROWSER, code, device=PHONE)
    tables = await stage.kring.log.pool.fetch(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'views')"
    )
    for (table,) in tables:
        if await stage.kring.log.pool.fetchval("select has_table_privilege($1, 'select')", table):
            rows = await stage.kring.log.pool.fetch(f"select to_jsonb(t)::text from {table} t")
            stored = "\n".join(one[0] for one in rows)
            for secret in (link.partition("_")[2], new.cookie.partition("_")[2], BROWSER, "e0@example.org"):
                assert secret not in stored, table
            assert not re.search(rf'"{code}"|:{code}\b', stored), table
    lines = str(logged)
    assert asked in lines, "the id is no secret"
    for secret in (link.partition("_")[2], new.cookie.partition("_")[2], BROWSER, "e0@example.org", f"'{code}'"):
        assert secret not in lines
