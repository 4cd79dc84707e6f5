"""Limits on asking for mails and on typing codes; none depends on Valkey being up."""

# redis has incomplete types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
from unittest.mock import patch

import pytest
import redis.asyncio
from msgspec.structs import replace
from structlog.testing import capture_logs

from domain.people.sign_in import CodeWrong
from projections.wording.sentences import refusal_in_words
from service.auth import sign_in
from service.auth.sign_in import CODES_PER_ADDRESS, SignIns, TooManySignIns
from service.kring import Kring
from service.throttling import Limit, Throttle
from tests.service.auth.examples.signing_in import BROWSER, KNOWN, LAPTOP, PHONE, UNKNOWN, People
from tests.service.store.examples.silent_proxy import SilentProxy


@pytest.mark.parametrize("address", [KNOWN, UNKNOWN])
async def test_rule_33_five_mails_are_asked_for_in_a_quarter_of_an_hour(people: People, address: str) -> None:
    for _ in range(5):
        await people.ask(address)
    for written in (address, address.upper()):
        with pytest.raises(TooManySignIns) as refused:
            await people.ask(written)
        assert 800 < refused.value.retry_after_s <= 900
        assert refusal_in_words(refused.value, "en").endswith("or wait 15 minutes.")
    await people.ask("e1@example.org")
    assert len(await people.rows("select from sign_in_requests")) == 6


async def test_what_is_counted_is_shared_by_all_processes(people: People) -> None:
    other = SignIns(people.kring)
    for one in (people.sign_ins, other, people.sign_ins, other, other):
        await one.ask(KNOWN, BROWSER, device=PHONE)
    with pytest.raises(TooManySignIns):
        await people.ask()
    await other.close()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("a proxy", "a proxy", True),
    ],
)
async def test_mails_are_limited_per_network(people: People, first: str, second: str, same: bool) -> None:
    with patch.object(sign_in, "ASKED_PER_NETWORK", Limit("few", 1, 60)):
        await people.sign_ins.ask(KNOWN, BROWSER, device=PHONE, network=first)
        asked = people.sign_ins.ask(UNKNOWN, BROWSER, device=PHONE, network=second)
        if same:
            with pytest.raises(TooManySignIns):
                await asked
        else:
            await asked


async def test_rule_33_codes_are_limited_per_address_and_links_still_work(people: People) -> None:
    with patch.object(sign_in, "CODES_PER_ADDRESS", CODES_PER_ADDRESS._replace(most=6)):
        first, second = await people.ask(), await people.ask()
        for request in (first, first, first, second, second, second):
            with pytest.raises(CodeWrong):
                await people.sign_ins.use_code(request, BROWSER, people.other_code(request), device=LAPTOP)
        with pytest.raises(TooManySignIns) as refused:
            await people.sign_ins.use_code(second, BROWSER, people.code(second), device=LAPTOP)
        assert refused.value.field == "code"
        assert await people.sign_ins.use_link(people.link(second), device=LAPTOP)


def with_valkey(kring: Kring, url: str) -> SignIns:
    return SignIns(Kring(kring.commands, kring.views, replace(kring.config, redis_url=url)))


async def test_people_sign_in_while_valkey_is_down(people: People) -> None:
    sign_ins = with_valkey(people.kring, "redis://127.0.0.1:1")
    with capture_logs() as logged:
        requests = [await sign_ins.ask(KNOWN, BROWSER, device=PHONE) for _ in range(5)]
        assert await sign_ins.use_code(requests[0], BROWSER, people.code(requests[0]), device=LAPTOP)
        with pytest.raises(TooManySignIns):
            await sign_ins.ask(KNOWN, BROWSER, device=PHONE)
    await sign_ins.close()
    assert {one["event"] for one in logged} == {"counted_without_valkey"}


async def test_people_sign_in_while_valkey_is_silent_and_when_it_is_back(people: People, redis_url: str) -> None:
    proxy = SilentProxy(redis_url)
    async with proxy.running():
        sign_ins = with_valkey(people.kring, proxy.url)
        await sign_ins.ask(KNOWN, BROWSER, device=PHONE)
        proxy.silence()
        async with asyncio.timeout(10):
            await sign_ins.ask(KNOWN, BROWSER, device=PHONE)
        assert proxy.swallowed.is_set()
        proxy.mend()
        for _ in range(4):
            await sign_ins.ask(KNOWN, BROWSER, device=PHONE)
        with pytest.raises(TooManySignIns):
            await sign_ins.ask(KNOWN, BROWSER, device=PHONE)
        await sign_ins.close()


async def test_valkey_holds_neither_addresses_nor_networks(people: People, redis_url: str) -> None:
    await people.sign_ins.ask(KNOWN, BROWSER, device=PHONE, network="192.0.2.7")
    async with redis.asyncio.from_url(redis_url) as valkey:
        names = [one async for one in valkey.scan_iter()]
    assert len(names) == 2
    assert not [one for one in names if b"example" in one or b"192.0" in one]


@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:6379/3", "rediss://127.0.0.1", "unix:///tmp/valkey"])
async def test_every_address_that_valkey_can_have_is_accepted(url: str) -> None:
    throttle = Throttle(url, "test")
    await throttle.close()


async def test_a_limit_counts_each_key_apart() -> None:
    throttle, limit = Throttle(None, "test"), Limit("few", 2, 60)
    assert [await throttle.hit(limit, key) == 0 for key in ("a", "a", "a", "b")] == [True, True, False, True]
    assert await throttle.hit(limit._replace(name="other"), "a") == 0
