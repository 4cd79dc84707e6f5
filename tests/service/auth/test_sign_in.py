"""Signing in by a mailed link or code, and by a link of the operator."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import pytest

from domain.administration.details import ChangeDetails, Details
from domain.events.sign_in import SignedIn
from domain.foundation import Code, Personal, PersonId, Selector, SignInId
from domain.people.people import UnknownPerson
from domain.people.sign_in import CodeWrong, LinkOver
from projections.people import PEOPLE
from service.addresses import BadEmail
from service.auth.sessions import session_of, sessions_of
from service.auth.sign_in import PATH, SignIns, operator_link
from service.clock_and_ids import new_id, now
from service.commands import CommandHandler, Unavailable
from service.kring import Kring
from tests.service.auth.examples.signing_in import BROWSER, KNOWN, LAPTOP, UNKNOWN, People
from workers.mail.mail_content import row


async def recorded(kring: Kring, sign_in: SignInId) -> list[SignedIn]:
    found = await kring.commands.events(Selector(types=[SignedIn], tags=[sign_in]))
    return [event for event, _ in found if isinstance(event, SignedIn)]


async def test_rule_33_a_link_signs_in_whichever_browser_presses_it(people: People) -> None:
    request = await people.ask()
    before = now()
    new = await people.sign_ins.use_link(people.link(request), device=LAPTOP)
    session = await session_of(people.kring, new.cookie)
    assert session is not None
    assert (session.id, session.person, session.device) == (new.id, people.anna, LAPTOP)
    assert abs(session.created_at - before) < timedelta(seconds=10)
    assert await recorded(people.kring, new.id) == [
        SignedIn(sign_in=new.id, person=people.anna, how=Code("mailed_link"))
    ]
    ((actor, via),) = await people.rows("select actor, via from events where type = 'access.signed_in'")
    assert (actor, via) == (people.anna, new.id)


async def test_looking_at_a_link_does_not_use_it_up(people: People) -> None:
    link = people.link(await people.ask())
    for _ in range(3):
        found = await people.sign_ins.look(link)
        assert found.person == people.anna
        assert timedelta(minutes=14) < found.expires_at - now() <= timedelta(minutes=15)
    await people.sign_ins.use_link(link, device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.look(link)


async def test_rule_33_using_the_link_or_the_code_uses_up_both(people: People) -> None:
    first, second = await people.ask(), await people.ask()
    await people.sign_ins.use_link(people.link(first), device=LAPTOP)
    await people.sign_ins.use_code(second, BROWSER, people.code(second), device=LAPTOP)
    for request in (first, second):
        with pytest.raises(LinkOver):
            await people.sign_ins.use_link(people.link(request), device=LAPTOP)
        with pytest.raises(LinkOver):
            await people.sign_ins.use_code(request, BROWSER, people.code(request), device=LAPTOP)
    assert len(await sessions_of(people.kring, people.anna)) == 2


async def test_of_two_who_press_one_link_at_once_one_signs_in(people: People) -> None:
    link = people.link(await people.ask())
    pressed = [people.sign_ins.use_link(link, device=LAPTOP) for _ in range(8)]
    answers = await asyncio.gather(*pressed, return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["LinkOver"] * 7 + ["NewSession"]
    assert len(await sessions_of(people.kring, people.anna)) == 1
    ((events,),) = await people.rows("select count(*) from events where type = 'access.signed_in'")
    assert events == 1


async def test_rule_33_a_code_signs_in_only_the_browser_that_asked(people: People) -> None:
    request = await people.ask()
    for _ in range(9):  # nobody else uses up its tries
        with pytest.raises(LinkOver):
            await people.sign_ins.use_code(request, "other", people.code(request), device=LAPTOP)
    typed = f" {people.code(request)[:3]} {people.code(request)[3:]}\n"
    new = await people.sign_ins.use_code(request, BROWSER, typed, device=LAPTOP)
    assert new.person == people.anna
    assert [one.how for one in await recorded(people.kring, new.id)] == ["mailed_code"]


async def test_rule_33_a_code_has_five_tries(people: People) -> None:
    request = await people.ask()
    for left in (4, 3, 2, 1):
        with pytest.raises(CodeWrong) as wrong:
            await people.sign_ins.use_code(request, BROWSER, people.other_code(request), device=LAPTOP)
        assert (wrong.value.values, wrong.value.field) == ({"left": left}, "code")
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code(request, BROWSER, "é", device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code(request, BROWSER, people.code(request), device=LAPTOP)
    assert await people.sign_ins.use_link(people.link(request), device=LAPTOP)


async def test_codes_tried_at_once_have_five_tries_together(people: People) -> None:
    request = await people.ask()
    wrong = people.other_code(request)
    tries = [people.sign_ins.use_code(request, BROWSER, wrong, device=LAPTOP) for _ in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in answers) == ["CodeWrong"] * 4 + ["LinkOver"] * 8


async def test_rule_33_a_link_and_its_code_expire_after_15_minutes(people: People) -> None:
    request = await people.ask()
    await people.later("sign_in_requests", expires_at="14 minutes 50 seconds")
    assert await people.sign_ins.look(people.link(request))
    await people.later("sign_in_requests", expires_at="10 seconds")
    with pytest.raises(LinkOver):
        await people.sign_ins.look(people.link(request))
    with pytest.raises(LinkOver):
        await people.sign_ins.use_link(people.link(request), device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code(request, BROWSER, people.code(request), device=LAPTOP)


def nothing(_: str) -> str:
    return ""


def shorter(link: str) -> str:
    return link[:-1]


def another_secret(link: str) -> str:
    return link[:-2] + ("BB" if link.endswith("AA") else "AA")


def another_id(link: str) -> str:
    return ("1" if link.startswith("0") else "0") + link[1:]


def with_a_line_end(link: str) -> str:
    return f"{link}\n"


@pytest.mark.parametrize("damage", [nothing, shorter, another_secret, another_id, with_a_line_end])
async def test_other_texts_are_no_links(people: People, damage: Callable[[str], str]) -> None:
    link = people.link(await people.ask())
    with pytest.raises(LinkOver):
        await people.sign_ins.use_link(damage(link), device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code("sign_in_request_x", BROWSER, "123456", device=LAPTOP)
    assert await people.sign_ins.look(link)


async def test_an_unknown_address_leaves_the_same_rows_as_a_known_one(people: People) -> None:
    known, unknown = await people.ask(), await people.ask(UNKNOWN)
    assert len(known) == len(unknown)
    first, second = [
        dict(one) for one in await people.rows("select * from sign_in_requests order by person nulls last")
    ]
    assert {name for name in first if first[name] != second[name]} == {
        *("id", "address", "person", "created_at", "expires_at")
    }
    jobs = [dict(one) for one in await people.rows("select * from jobs where kind = 'mail_sign_in'")]
    assert {name for name in jobs[0] if jobs[0][name] != jobs[1][name]} == {
        *("key", "arguments", "due_at", "correlation_id")
    }
    assert {one["programme"] for one in jobs} == {None}
    for left in (4, 3):
        for request in (known, unknown):
            with pytest.raises(CodeWrong) as wrong:
                await people.sign_ins.use_code(request, BROWSER, people.other_code(request), device=LAPTOP)
            assert wrong.value.values == {"left": left}
    with pytest.raises(LinkOver):
        await people.sign_ins.use_link(people.link(unknown), device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code(unknown, BROWSER, people.code(unknown), device=LAPTOP)


async def test_an_address_is_found_however_it_is_written(people: People) -> None:
    assert await people.sign_ins.use_link(people.link(await people.ask("E0@Example.ORG")), device=LAPTOP)
    with pytest.raises(BadEmail):
        await people.ask("no address")


async def test_rule_33_a_link_ends_when_its_person_changes_their_address(people: People) -> None:
    request = await people.ask()
    anna = await row(people.kring, PEOPLE, people.anna)
    assert anna is not None
    assert anna.email is not None
    change = ChangeDetails(
        people.anna,
        name=anna.name,
        email=Personal("anna@example.org"),
        known=Details(anna.name, anna.email, anna.language),
        by=people.stage.by(),
    )
    await people.stage.do(change)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_link(people.link(request), device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code(request, BROWSER, people.code(request), device=LAPTOP)
    again = await people.ask("anna@example.org")
    assert await people.sign_ins.use_link(people.link(again), device=LAPTOP)


async def test_signing_in_again_ends_the_session_that_the_browser_had(people: People) -> None:
    first = await people.sign_ins.use_link(people.link(await people.ask()), device=LAPTOP)
    request = await people.ask("e1@example.org")
    second = await people.sign_ins.use_code(
        request, BROWSER, people.code(request), device=LAPTOP, replaces=first.cookie
    )
    assert await session_of(people.kring, first.cookie) is None
    assert await session_of(people.kring, second.cookie) is not None
    third = await people.sign_ins.use_link(people.link(await people.ask()), device=LAPTOP, replaces="not a cookie")
    assert await session_of(people.kring, third.cookie) is not None


async def test_a_link_can_be_used_again_if_the_log_could_not_record(people: People) -> None:
    link = people.link(await people.ask())
    with patch.object(CommandHandler, "execute", side_effect=Unavailable), pytest.raises(Unavailable):
        await people.sign_ins.use_link(link, device=LAPTOP)
    assert await people.rows("select * from sign_in_sessions") == []
    assert await people.sign_ins.use_link(link, device=LAPTOP)


async def test_a_link_of_the_operator_works_once_in_any_browser(people: People) -> None:
    path = await operator_link(people.kring, people.bert)
    assert path.startswith(PATH)
    link = path.removeprefix(PATH)
    await people.later("sign_in_requests", expires_at="11 hours 59 minutes")
    new = await people.sign_ins.use_link(link, device=LAPTOP)
    assert [one.how for one in await recorded(people.kring, new.id)] == ["operator_link"]
    with pytest.raises(LinkOver):
        await people.sign_ins.use_link(link, device=LAPTOP)
    with pytest.raises(LinkOver):
        await people.sign_ins.use_code(f"sign_in_request_{link[:26]}", "", people.code(link), device=LAPTOP)
    assert await people.rows("select * from jobs") == []


async def test_a_reusable_link_works_until_it_expires(people: People) -> None:
    link = (await operator_link(people.kring, people.bert, reusable=True)).removeprefix(PATH)
    cookies = [(await people.sign_ins.use_link(link, device=LAPTOP)).cookie for _ in range(3)]
    assert len(set(cookies)) == len(await sessions_of(people.kring, people.bert)) == 3
    await people.later("sign_in_requests", expires_at="12 hours")
    with pytest.raises(LinkOver):
        await people.sign_ins.use_link(link, device=LAPTOP)


async def test_there_is_no_link_for_somebody_who_is_not_registered(people: People) -> None:
    with pytest.raises(UnknownPerson):
        await operator_link(people.kring, PersonId(new_id("person")))


async def test_another_process_takes_the_link_and_code(people: People) -> None:
    request = await people.ask(KNOWN)
    other = SignIns(people.kring)
    assert (await other.look(people.link(request))).person == people.anna
    await other.use_code(request, BROWSER, people.code(request), device=LAPTOP)
    await other.close()
