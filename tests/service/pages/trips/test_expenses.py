"""Pages about the costs of a study trip."""

from typing import TYPE_CHECKING

from tests.conftest import Api
from tests.service.api.examples.team import a_team, ok
from tests.service.api.examples.trips import euros
from tests.service.pages.examples.trips import as_logged, expense_of, in_april

if TYPE_CHECKING:
    from tests.service.pages.conftest import Visitors


async def test_an_expense_is_shared_equally_once(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0], "nl")
    sent = {
        **await anna.hidden(f"{path}/expenses", f"{path}/expenses"),
        **expense_of(team.people[0], "118,50", settled_currency="EUR"),
    }
    first, second = await anna.post(f"{path}/expenses", sent), await anna.post(f"{path}/expenses", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    [one] = (await as_logged(api, team.members[0], path))["expenses"]
    assert one["amount"] == euros(11_850)
    assert sorted(part["amount_minor"] for part in one["split"]) == [2962, 2962, 2963, 2963]
    shown = (await anna.get(path)).text
    assert "€\N{NO-BREAK SPACE}118,50" in shown
    assert "3 overboekingen en jullie staan quitte." in shown


async def test_parts_per_person_add_up_to_the_amount(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    a, b, c, _ = team.people[:4]
    for parts, field, said in (
        ({f"part_{b}": "3.00"}, "split", "The parts add up to €3.00, but the amount is €5.00."),
        ({f"part_{b}": "3,0"}, "parts", "Bert: This is no amount."),
        ({}, "parts", "Fill in an amount for at least one person."),
    ):
        answer = await anna.send(f"{path}/expenses", expense_of(a, "5.00", split="parts", **parts))
        assert answer.status_code == 422, parts
        assert f'id="newexpense-{field}-error"' in answer.text, parts
        assert said in answer.text, parts
        assert all(f'value="{one}"' in answer.text for one in parts.values())
    parts = {f"part_{b}": "3.00", f"part_{c}": "2"}
    assert (await anna.send(f"{path}/expenses", expense_of(a, "5.00", split="parts", **parts))).status_code == 303
    [one] = (await as_logged(api, team.members[0], path))["expenses"]
    assert {each["person_id"]: each["amount_minor"] for each in one["split"]} == {b: 300, c: 200}


async def test_another_currency_is_settled_as_it_was_charged(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna = await visitors.of(team.people[0])
    fields = expense_of(team.people[0], "40", currency="GBP", settled_as="48.00", settled_currency="EUR")
    assert (await anna.send(f"{path}/expenses", fields)).status_code == 303
    await as_logged(api, team.members[0], path)
    shown = (await anna.get(path)).text
    assert "£40.00" in shown
    assert "charged as €48.00" in shown


async def test_a_payment_is_recorded_once_whoever_records_it(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    anna, bert = await visitors.of(team.people[0]), await visitors.of(team.people[1])
    alone = [{"person_id": team.people[1], "amount": euros(700)}]
    body = {"payer": team.people[0], "amount": euros(700), "text": "Lunch", "split": alone}
    await ok(await team.members[0].post(f"{path}/expenses", json=body))
    await as_logged(api, team.members[0], path)
    assert "1 payment, and you are even." in (await bert.get(path)).text
    theirs = await anna.hidden(path, f"{path}/repayments")
    paid = await bert.send(path, {}, f"{path}/repayments")
    assert paid.status_code == 303
    [settlement] = [(await as_logged(api, team.members[0], f"{path}/settlement"))["settlements"]]
    assert [one["transfers"] for one in settlement] == [[]]
    answer = await anna.post(f"{path}/repayments", theirs)
    assert answer.status_code == 409
    assert "The settlement changed meanwhile" in answer.text
    assert "You are even" in answer.text
    assert "Paid back" in answer.text


async def test_only_the_two_who_settle_a_debt_can_say_that_it_is_paid(api: Api, visitors: "Visitors") -> None:
    team = await a_team(api)
    path = await in_april(api, team)
    alone = [{"person_id": team.people[1], "amount": euros(700)}]
    body = {"payer": team.people[0], "amount": euros(700), "text": "Lunch", "split": alone}
    await ok(await team.members[0].post(f"{path}/expenses", json=body))
    await as_logged(api, team.members[0], path)
    cora = await visitors.of(team.people[2])
    shown = (await cora.get(path)).text
    assert "Bert to Anna" in shown
    assert f"{path}/repayments" not in shown
    eva = await visitors.of(team.people[4])
    assert (await eva.get(f"{path}/expenses")).status_code == 404
