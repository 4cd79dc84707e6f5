"""Settlement of a trip's costs: exact transfers in minor units (cents), per currency (rule 13). No money is rounded away."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import BookingId, Currency, Money, PersonId

MAX_EXACT_PEOPLE = 22
"""People without an opposite balance for whom the fewest transfers are computed: 0.2 s; one more doubles that, or worse."""


class Share(Struct, frozen=True):
    """A person's part of an expense, in minor units of its currency."""

    person: PersonId
    amount_minor: int


class Spent(Struct, frozen=True):
    """An expense as settlement needs it. `settled_as`: the amount that the payer was charged, possibly in another currency.

    `booking`: the booking that it paid, if any, in that booking's currency.
    """

    payer: PersonId
    amount: Money
    split: tuple[Share, ...]
    settled_as: Money | None = None
    booking: BookingId | None = None

    @property
    def charged(self) -> Money:
        """The amount that is settled."""
        return self.settled_as or self.amount


class Repaid(Struct, frozen=True):
    """A refund of a booking, in minor units of its currency."""

    booking: BookingId
    amount_minor: int


class Balance(Struct, frozen=True):
    """The difference between a person's payments and their part, in minor units; positive: they paid more."""

    person: PersonId
    amount_minor: int


class Transfer(Struct, frozen=True):
    """A payment from one person to another, in minor units."""

    from_person: PersonId
    to_person: PersonId
    amount_minor: int


class Settlement(Struct, frozen=True):
    """The settlement of one currency. Balances sum to zero; people whose balance is zero are left out.

    `fewest`: whether it is certain that fewer transfers would not suffice.
    """

    currency: Currency
    balances: tuple[Balance, ...]
    transfers: tuple[Transfer, ...]
    fewest: bool


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
    """The expenses minus the refunds of the bookings that they paid; the last payment of a booking is reduced first.

    An amount charged in another currency is reduced in proportion, in whole cents; those who bear the cost keep the difference.
    """
    refunded: defaultdict[BookingId | None, int] = defaultdict(int)
    for one in refunds:
        refunded[one.booking] += one.amount_minor
    reduced: list[Spent] = []
    for one in reversed(tuple(expenses)):
        returned = min(refunded[one.booking], one.amount.amount_minor)
        refunded[one.booking] -= returned
        reduced.append(_less(one, returned) if returned else one)
    return tuple(reversed(reduced))


def _less(spent: Spent, returned_minor: int) -> Spent:
    paid, charged = spent.amount.amount_minor, spent.charged
    remaining = charged.amount_minor - charged.amount_minor * returned_minor // paid
    return replace(spent, settled_as=Money(remaining, charged.currency))


def settle(expenses: Iterable[Spent]) -> tuple[Settlement, ...]:
    """The settlements, one per currency, in alphabetical order of the currencies."""
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
    return Settlement(currency, open_, *transfers_of(open_))


def transfers_of(balances: Sequence[Balance]) -> tuple[tuple[Transfer, ...], bool]:
    """Transfers that bring all balances to zero, and whether it is certain that fewer would not suffice.

    A group of n people whose balances sum to zero settles with n - 1 transfers, so the most such groups give the fewest
    transfers (Verhoeff, Settling Multiple Debts Efficiently, 2004). Two people with opposite balances are a group in some best
    partition: if they were in two groups, the remainders of those could be one group. Beyond `MAX_EXACT_PEOPLE` others, those are
    one group.
    """
    groups, unpaired = _pairs(balances)
    certain = len(unpaired) <= MAX_EXACT_PEOPLE
    if unpaired:
        groups += _most_even_groups(unpaired) if certain else [unpaired]
    return tuple(transfer for group in groups for transfer in _chain(group)), certain


def _pairs(balances: Sequence[Balance]) -> tuple[list[Sequence[Balance]], list[Balance]]:
    """Pairs of people with opposite balances, in order of person, and the others."""
    waiting: defaultdict[int, list[Balance]] = defaultdict(list)
    pairs: list[Sequence[Balance]] = []
    for one in balances:
        if waiting[-one.amount_minor]:
            pairs.append((waiting[-one.amount_minor].pop(0), one))
        else:
            waiting[one.amount_minor].append(one)
    alone = {one.person for some in waiting.values() for one in some}
    return pairs, [one for one in balances if one.person in alone]


def _most_even_groups(balances: Sequence[Balance]) -> list[Sequence[Balance]]:
    """A partition into the most groups that sum to zero; all balances together do.

    A set of people is a number (bit *i*: the person of this place), and a set of such sets one long number (bit *s*: set *s*),
    so that one operation covers all sets of people at once. `holding[k]`: the sets that contain *k* disjoint groups.
    """
    even = _even_sets([one.amount_minor for one in balances])
    lacking = _lacking(len(balances))
    everybody = (1 << len(balances)) - 1
    holding = [_with_more(1, lacking)]
    while (more := even & _with_one_more(holding[-1], lacking)) >> everybody & 1:
        holding.append(_with_more(more, lacking))
    groups: list[Sequence[Balance]] = []
    ungrouped = everybody
    for held in reversed(holding[:-1]):
        remaining = _least(held, ungrouped)
        groups.append([one for place, one in enumerate(balances) if (ungrouped & ~remaining) >> place & 1])
        ungrouped = remaining
    return groups


def _even_sets(amounts: Sequence[int]) -> int:
    """The sets that sum to zero. For each set of one half, those of the other half are looked up by their sum."""
    half = len(amounts) // 2 + 3  # full bytes
    low, high = _sums(amounts[:half]), _sums(amounts[half:])
    by_sum: defaultdict[int, int] = defaultdict(int)
    for place, total in enumerate(low):
        by_sum[total] |= 1 << place
    size = (1 << half) // 8
    found = {total: some.to_bytes(size, "little") for total, some in by_sum.items()}
    return int.from_bytes(b"".join(found.get(-total, bytes(size)) for total in high), "little")


def _sums(amounts: Sequence[int]) -> list[int]:
    """The sum of each set."""
    sums = [0]
    for one in amounts:
        sums += [total + one for total in sums]
    return sums


def _lacking(people: int) -> list[int]:
    """For each person, the sets without them."""
    lacking: list[int] = []
    for place in range(people):
        sets, known = (1 << (1 << place)) - 1, 2 << place
        while known < 1 << people:
            sets |= sets << known
            known *= 2
        lacking.append(sets)
    return lacking


def _with_one_more(sets: int, lacking: Sequence[int]) -> int:
    """These sets, each with one more person."""
    found = 0
    for place, without in enumerate(lacking):
        found |= (sets & without) << (1 << place)
    return found


def _with_more(sets: int, lacking: Sequence[int]) -> int:
    """All sets that contain one of these."""
    for place, without in enumerate(lacking):
        sets |= (sets & without) << (1 << place)
    return sets


def _least(sets: int, inside: int) -> int:
    """A minimal set among `sets` (which contain all their supersets) that is a part of `inside`."""
    for place in range(inside.bit_length()):
        if inside >> place & 1 and sets >> (inside & ~(1 << place)) & 1:
            inside &= ~(1 << place)
    return inside


def _chain(group: Sequence[Balance]) -> list[Transfer]:
    """Settle a group of n people with at most n - 1 transfers: the largest debtor pays the largest creditor."""
    open_balances: dict[PersonId, int] = {one.person: one.amount_minor for one in group if one.amount_minor}
    transfers: list[Transfer] = []
    while open_balances:
        debtor = min(open_balances, key=lambda person: (open_balances[person], person))
        creditor = min(open_balances, key=lambda person: (-open_balances[person], person))
        amount = min(-open_balances[debtor], open_balances[creditor])
        transfers.append(Transfer(debtor, creditor, amount))
        for person, change in ((debtor, amount), (creditor, -amount)):
            open_balances[person] += change
            if open_balances[person] == 0:
                del open_balances[person]
    return transfers
