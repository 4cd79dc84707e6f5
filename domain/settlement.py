"""Who owes whom after a trip, exactly, in minor units (cents) and per currency (rule 13). Nothing here rounds money away."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import BookingId, Currency, Money, PersonId

EXACT_AT_MOST = 12  # people with a balance; beyond that the fewest transfers take too long to find


class Share(Struct, frozen=True):
    """A person's part of an expense, in minor units of its currency."""

    person: PersonId
    amount_minor: int


class Spent(Struct, frozen=True):
    """An expense as far as settling goes. `settled_as`: what the payer was really charged, maybe in another currency.

    `booking`: what it paid, if a booking, in that booking's currency.
    """

    payer: PersonId
    amount: Money
    split: tuple[Share, ...]
    settled_as: Money | None = None
    booking: BookingId | None = None

    @property
    def charged(self) -> Money:
        """What is settled."""
        return self.settled_as or self.amount


class Repaid(Struct, frozen=True):
    """What came back of a booking, in its currency."""

    booking: BookingId
    amount_minor: int


class Balance(Struct, frozen=True):
    """What a person paid more (positive) or less (negative) than their part, in minor units."""

    person: PersonId
    amount_minor: int


class Transfer(Struct, frozen=True):
    """Who pays whom how much, in minor units."""

    from_person: PersonId
    to_person: PersonId
    amount_minor: int


class Settlement(Struct, frozen=True):
    """How everybody gets even in one currency. Balances sum to zero; nobody who is even is named."""

    currency: Currency
    balances: tuple[Balance, ...]
    transfers: tuple[Transfer, ...]


def equal_split(amount_minor: int, people: Iterable[PersonId]) -> tuple[Share, ...]:
    """Equal parts that sum to the amount, the odd cents in order of person id (rule 13). At least one person."""
    return proportional_split(amount_minor, tuple(Share(one, 1) for one in sorted(set(people))))


def proportional_split(amount_minor: int, weights: Sequence[Share]) -> tuple[Share, ...]:
    """Parts in proportion to `weights` that sum to the amount, the odd cents in order of person id among those with a part."""
    ordered = sorted(weights, key=lambda one: one.person)
    total = sum(one.amount_minor for one in ordered)
    assert total > 0, "somebody bears an expense"
    parts = [amount_minor * one.amount_minor // total for one in ordered]
    odd = amount_minor - sum(parts)
    bearing = [number for number, one in enumerate(ordered) if one.amount_minor]
    assert 0 <= odd < len(bearing) or odd == 0, "each part is at most one cent too low"
    for number in bearing[:odd]:
        parts[number] += 1
    return tuple(Share(one.person, part) for one, part in zip(ordered, parts, strict=True))


def less_refunds(expenses: Iterable[Spent], refunds: Iterable[Repaid]) -> tuple[Spent, ...]:
    """The expenses without what came back of the bookings that they paid: the last payment of a booking first.

    What was charged in another currency falls in proportion, in whole cents that stay with who bears the cost.
    """
    back: defaultdict[BookingId | None, int] = defaultdict(int)
    for one in refunds:
        back[one.booking] += one.amount_minor
    left: list[Spent] = []
    for one in reversed(tuple(expenses)):
        returned = min(back[one.booking], one.amount.amount_minor)
        back[one.booking] -= returned
        left.append(_less(one, returned) if returned else one)
    return tuple(reversed(left))


def _less(spent: Spent, returned_minor: int) -> Spent:
    paid, charged = spent.amount.amount_minor, spent.charged
    rest = charged.amount_minor - charged.amount_minor * returned_minor // paid
    return replace(spent, settled_as=Money(rest, charged.currency))


def settle(expenses: Iterable[Spent]) -> tuple[Settlement, ...]:
    """How everybody gets even, per currency in its alphabetical order."""
    balances: defaultdict[Currency, defaultdict[PersonId, int]] = defaultdict(lambda: defaultdict(int))
    for one in expenses:
        charged = one.charged
        if charged.amount_minor == 0:
            continue
        split = one.split if charged == one.amount else proportional_split(charged.amount_minor, one.split)
        balances[charged.currency][one.payer] += charged.amount_minor
        for share in split:
            balances[charged.currency][share.person] -= share.amount_minor
    return tuple(_settled(currency, balances[currency]) for currency in sorted(balances))


def _settled(currency: Currency, balances: Mapping[PersonId, int]) -> Settlement:
    open_ = tuple(Balance(person, balances[person]) for person in sorted(balances) if balances[person])
    assert sum(one.amount_minor for one in open_) == 0, "what is paid is borne"
    return Settlement(currency, open_, fewest_transfers(open_))


def fewest_transfers(balances: Sequence[Balance]) -> tuple[Transfer, ...]:
    """The fewest transfers that make everybody even; for more than twelve people with a balance, few.

    People whose balances sum to zero settle among themselves with one transfer fewer than they are, so the most such groups
    give the fewest transfers (Verhoeff, Settling Multiple Debts Efficiently, 2004).
    """
    groups = _most_even_groups(balances) if len(balances) <= EXACT_AT_MOST else [balances]
    return tuple(transfer for group in groups for transfer in _chain(group))


def _most_even_groups(balances: Sequence[Balance]) -> list[Sequence[Balance]]:
    """A partition into as many groups that sum to zero as there can be.

    Adding people one by one in some order, each moment that the sum is zero ends a group: `most[set]` is the most such moments
    over all orders in which the people of the set can come.
    """
    everybody = (1 << len(balances)) - 1
    sums, most, last = [0] * (everybody + 1), [0] * (everybody + 1), [0] * (everybody + 1)
    for chosen in range(1, everybody + 1):
        members = [number for number in range(len(balances)) if chosen >> number & 1]
        sums[chosen] = sums[chosen & (chosen - 1)] + balances[members[0]].amount_minor
        last[chosen] = max(members, key=lambda number: (most[chosen & ~(1 << number)], -number))
        most[chosen] = most[chosen & ~(1 << last[chosen])] + (sums[chosen] == 0)
    groups: list[Sequence[Balance]] = []
    group: list[Balance] = []
    left = everybody
    while left:
        if sums[left] == 0 and group:
            groups.append(sorted(group, key=lambda one: one.person))
            group = []
        group.append(balances[last[left]])
        left &= ~(1 << last[left])
    return [*groups, sorted(group, key=lambda one: one.person)] if group else groups


def _chain(group: Sequence[Balance]) -> list[Transfer]:
    """Make a group even with at most one transfer fewer than it has people: who owes most pays who is owed most."""
    left: dict[PersonId, int] = {one.person: one.amount_minor for one in group if one.amount_minor}
    transfers: list[Transfer] = []
    while left:
        debtor = min(left, key=lambda person: (left[person], person))
        creditor = min(left, key=lambda person: (-left[person], person))
        amount = min(-left[debtor], left[creditor])
        transfers.append(Transfer(debtor, creditor, amount))
        for person, change in ((debtor, amount), (creditor, -amount)):
            left[person] += change
            if left[person] == 0:
                del left[person]
    return transfers
