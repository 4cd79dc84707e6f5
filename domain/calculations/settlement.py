"""Who owes whom after a trip, exactly, in minor units (cents) and per currency (rule 13). Nothing here rounds money away."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.foundation import BookingId, Currency, Money, PersonId

EXACT_AT_MOST = 22  # people whose balance no other's evens out: 0.2 s; each one more takes over twice as long


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
    """How everybody gets even in one currency. Balances sum to zero; nobody who is even is named.

    `fewest`: it is certain that fewer transfers would not do.
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
    return Settlement(currency, open_, *transfers_of(open_))


def transfers_of(balances: Sequence[Balance]) -> tuple[tuple[Transfer, ...], bool]:
    """Transfers that make everybody even, and whether it is certain that fewer would not do.

    People whose balances sum to zero settle among themselves with one transfer fewer than they are, so the most such groups
    give the fewest transfers (Verhoeff, Settling Multiple Debts Efficiently, 2004). Two who even each other out are a group in
    some best partition: were they in two groups, what is left of those would be one. Beyond `EXACT_AT_MOST` others, those are
    one group.
    """
    groups, left = _pairs(balances)
    certain = len(left) <= EXACT_AT_MOST
    if left:
        groups += _most_even_groups(left) if certain else [left]
    return tuple(transfer for group in groups for transfer in _chain(group)), certain


def _pairs(balances: Sequence[Balance]) -> tuple[list[Sequence[Balance]], list[Balance]]:
    """Two by two who even each other out, in order of person; and who is left."""
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
    """A partition into as many groups that sum to zero as there can be; together the balances do.

    A set of people is a number (bit *i*: the person of this place), and a set of such sets one long number (bit *s*: set *s*),
    so that one operation is done for all sets of people at once. `holding[k]`: the sets inside which *k* groups find place.
    """
    even = _even_sets([one.amount_minor for one in balances])
    lacking = _lacking(len(balances))
    everybody = (1 << len(balances)) - 1
    holding = [_with_more(1, lacking)]
    while (more := even & _with_one_more(holding[-1], lacking)) >> everybody & 1:
        holding.append(_with_more(more, lacking))
    groups: list[Sequence[Balance]] = []
    left = everybody
    for held in reversed(holding[:-1]):
        rest = _least(held, left)
        groups.append([one for place, one in enumerate(balances) if (left & ~rest) >> place & 1])
        left = rest
    return groups


def _even_sets(amounts: Sequence[int]) -> int:
    """The sets that sum to zero. The sets of one half are looked up, by their sum, for each set of the other."""
    half = len(amounts) // 2 + 3  # whole bytes
    low, high = _sums(amounts[:half]), _sums(amounts[half:])
    by_sum: defaultdict[int, int] = defaultdict(int)
    for place, total in enumerate(low):
        by_sum[total] |= 1 << place
    size = (1 << half) // 8
    found = {total: some.to_bytes(size, "little") for total, some in by_sum.items()}
    return int.from_bytes(b"".join(found.get(-total, bytes(size)) for total in high), "little")


def _sums(amounts: Sequence[int]) -> list[int]:
    """What each set sums to."""
    sums = [0]
    for one in amounts:
        sums += [total + one for total in sums]
    return sums


def _lacking(people: int) -> list[int]:
    """For each person the sets without them."""
    lacking: list[int] = []
    for place in range(people):
        sets, known = (1 << (1 << place)) - 1, 2 << place
        while known < 1 << people:
            sets |= sets << known
            known *= 2
        lacking.append(sets)
    return lacking


def _with_one_more(sets: int, lacking: Sequence[int]) -> int:
    """These sets, each with somebody added who was not in it."""
    found = 0
    for place, without in enumerate(lacking):
        found |= (sets & without) << (1 << place)
    return found


def _with_more(sets: int, lacking: Sequence[int]) -> int:
    """All sets that hold one of these."""
    for place, without in enumerate(lacking):
        sets |= (sets & without) << (1 << place)
    return sets


def _least(sets: int, inside: int) -> int:
    """A set among these, which are all that hold one of some, from which nobody can be taken away; a part of `inside`."""
    for place in range(inside.bit_length()):
        if inside >> place & 1 and sets >> (inside & ~(1 << place)) & 1:
            inside &= ~(1 << place)
    return inside


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
