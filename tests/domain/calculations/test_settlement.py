"""Settling to the cent (rule 13)."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculations.settlement import (
    MAX_EXACT_PEOPLE,
    Balance,
    Repaid,
    Share,
    Spent,
    Transfer,
    equal_split,
    less_refunds,
    proportional_split,
    settle,
    transfers_of,
)
from domain.foundation import BookingId, Currency, Money, PersonId

EUR, GBP = Currency("EUR"), Currency("GBP")
ANNA, BERT, CHRIS, DORA = (PersonId(f"person_{n:026d}") for n in range(4))


def spent(payer: PersonId, cents: int, *people: PersonId, currency: Currency = EUR, as_: Money | None = None) -> Spent:
    return Spent(payer, Money(cents, currency), equal_split(cents, people), as_)


def test_rule_13_an_equal_split_gives_the_odd_cents_in_order_of_person_id() -> None:
    assert equal_split(101, [CHRIS, ANNA, BERT]) == (Share(ANNA, 34), Share(BERT, 34), Share(CHRIS, 33))


def test_one_cent_among_three_goes_to_one_person() -> None:
    assert equal_split(1, [BERT, CHRIS, ANNA]) == (Share(ANNA, 1), Share(BERT, 0), Share(CHRIS, 0))


def test_a_person_without_a_share_gets_no_odd_cent() -> None:
    assert proportional_split(5, (Share(ANNA, 0), Share(BERT, 1), Share(CHRIS, 1))) == (
        Share(ANNA, 0),
        Share(BERT, 3),
        Share(CHRIS, 2),
    )


def test_currencies_are_settled_separately() -> None:
    euros, pounds = settle([spent(ANNA, 100, ANNA, BERT), spent(BERT, 60, ANNA, BERT, currency=GBP)])
    assert (euros.currency, euros.transfers) == (EUR, (Transfer(BERT, ANNA, 50),))
    assert (pounds.currency, pounds.transfers) == (GBP, (Transfer(ANNA, BERT, 30),))


def test_the_amount_really_charged_to_the_payer_is_settled() -> None:
    [only] = settle([spent(ANNA, 100, ANNA, BERT, currency=GBP, as_=Money(119, EUR))])
    assert (only.currency, only.transfers) == (EUR, (Transfer(BERT, ANNA, 59),))


HOTEL, TRAIN = BookingId(f"booking_{1:026d}"), BookingId(f"booking_{2:026d}")


def of_booking(cents: int, *people: PersonId, as_: Money | None = None, booking: BookingId = HOTEL) -> Spent:
    return Spent(ANNA, Money(cents, EUR), equal_split(cents, people), as_, booking)


def test_a_refund_lowers_the_cost_of_its_own_booking_only() -> None:
    expenses = [of_booking(400, ANNA, BERT), spent(BERT, 100, ANNA, BERT)]
    [only] = settle(less_refunds(expenses, [Repaid(HOTEL, 300)]))
    assert only.transfers == ()
    [before] = settle(less_refunds(expenses, [Repaid(TRAIN, 300)]))
    assert before.transfers == (Transfer(BERT, ANNA, 150),)


def test_a_refund_of_everything_leaves_nothing_to_settle() -> None:
    assert settle(less_refunds([of_booking(400, ANNA, BERT)], [Repaid(HOTEL, 400)])) == ()


def test_a_refund_reduces_the_last_payment_first_and_never_below_zero() -> None:
    expenses = [of_booking(100, BERT), of_booking(300, CHRIS)]
    [only] = settle(less_refunds(expenses, [Repaid(HOTEL, 350)]))
    assert only.transfers == (Transfer(BERT, ANNA, 50),)
    assert settle(less_refunds(expenses, [Repaid(HOTEL, 1000)])) == ()


def test_a_refund_of_a_charge_in_another_currency_is_proportional() -> None:
    """A third of 119 comes back: 39 whole cents, so 80 stay."""
    [only] = settle(less_refunds([of_booking(300, BERT, as_=Money(119, GBP))], [Repaid(HOTEL, 100)]))
    assert (only.currency, only.transfers) == (GBP, (Transfer(BERT, ANNA, 80),))


def test_two_pairs_that_balance_each_other_need_two_transfers() -> None:
    balances = [Balance(ANNA, 40), Balance(BERT, -70), Balance(CHRIS, -40), Balance(DORA, 70)]
    transfers, fewest = transfers_of(balances)
    assert (set(transfers), fewest) == ({Transfer(CHRIS, ANNA, 40), Transfer(BERT, DORA, 70)}, True)


def test_people_with_a_zero_balance_pay_nobody() -> None:
    assert settle([spent(ANNA, 50, ANNA)])[0].transfers == ()
    assert settle([]) == ()


def fewest_by_trying(balances: list[Balance]) -> int:
    """The number of people minus the largest number of balanced groups, by brute force."""

    def most(left: frozenset[int]) -> int:
        if not left:
            return 0
        first, *others = sorted(left)
        best = -len(balances)
        for mask in range(1 << len(others)):
            group = {first, *(one for n, one in enumerate(others) if mask >> n & 1)}
            if sum(balances[one].amount_minor for one in group) == 0:
                best = max(best, 1 + most(left - group))
        return best

    return len(balances) - most(frozenset(range(len(balances))))


@st.composite
def even_balances(draw: st.DrawFn, people: int = 7) -> list[Balance]:
    amounts = draw(st.lists(st.integers(-6, 6), max_size=people - 1))
    amounts.append(-sum(amounts))
    return [Balance(PersonId(f"person_{n:026d}"), one) for n, one in enumerate(amounts) if one]


def after(balances: list[Balance]) -> dict[PersonId, int]:
    left = {one.person: one.amount_minor for one in balances}
    for one in transfers_of(balances)[0]:
        assert one.amount_minor > 0
        left[one.from_person] += one.amount_minor
        left[one.to_person] -= one.amount_minor
    return left


@given(even_balances())
def test_every_balance_is_settled_with_the_fewest_transfers(balances: list[Balance]) -> None:
    assert not any(after(balances).values())
    transfers, fewest = transfers_of(balances)
    assert fewest
    assert len(transfers) == fewest_by_trying(balances)


@given(even_balances(people=3 * MAX_EXACT_PEOPLE))
def test_a_large_group_settles_with_fewer_transfers_than_people(balances: list[Balance]) -> None:
    assert not any(after(balances).values())
    assert len(transfers_of(balances)[0]) <= max(len(balances) - 1, 0)


@pytest.mark.parametrize("step", [1, 2, 8])
def test_more_people_than_a_trip_takes_settle_with_the_fewest_transfers(step: int) -> None:
    """Seven groups of three without balancing pairs: each needs two transfers."""
    apart = [(7**n, 2 * 7**n) for n in range(7)]
    amounts = [amount for one, two in apart for amount in (one, two, -one - two)]
    balances = [Balance(PersonId(f"person_{n:026d}"), amounts[step * n % 21]) for n in range(21)]
    assert not any(after(balances).values())
    transfers, fewest = transfers_of(balances)
    assert (len(transfers), fewest) == (14, True)


def test_above_the_exact_limit_pairs_are_matched_and_no_minimum_is_claimed() -> None:
    powers = [2**n for n in range(MAX_EXACT_PEOPLE)]
    amounts = [*powers, -sum(powers), 3, -3]  # no other pair balances
    balances = [Balance(PersonId(f"person_{n:026d}"), one) for n, one in enumerate(amounts)]
    transfers, fewest = transfers_of(balances)
    assert not fewest
    assert Transfer(balances[-1].person, balances[-2].person, 3) in transfers
    assert not any(after(balances).values())
    assert transfers_of(balances[-2:]) == ((Transfer(balances[-1].person, balances[-2].person, 3),), True)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(1, 10**9), st.sets(st.integers(0, 3), min_size=1), st.integers(1, 10**9)
        )
    )
)
def test_no_cent_is_lost_or_created(expenses: list[tuple[int, int, set[int], int]]) -> None:
    people = [ANNA, BERT, CHRIS, DORA]
    all_spent = [
        spent(people[payer], cents, *(people[one] for one in bearing), currency=GBP, as_=Money(charged, EUR))
        for payer, cents, bearing, charged in expenses
    ]
    paid: defaultdict[PersonId, int] = defaultdict(int)
    for one in all_spent:
        assert sum(share.amount_minor for share in one.split) == one.amount.amount_minor
        assert one.settled_as is not None
        split = proportional_split(one.settled_as.amount_minor, one.split)
        assert sum(share.amount_minor for share in split) == one.settled_as.amount_minor
        paid[one.payer] += one.settled_as.amount_minor
        for share in split:
            paid[share.person] -= share.amount_minor
    balances = {one.person: one.amount_minor for only in settle(all_spent) for one in only.balances}
    assert balances == {person: cents for person, cents in paid.items() if cents}
