"""The index of tags holds bits that unrelated tags may share; no answer depends on it."""

import asyncio
import random
from collections.abc import Sequence
from itertools import product

import pytest
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem

from projections.event_types import by_topic
from service.store import files
from service.store.log.dossier import count_concerning, count_visible, indexes_of
from service.store.log.errors import Conflict
from service.store.log.log import Log
from service.store.log.types import NewEvent, Receipt
from tests.conftest import Database
from tests.service.store.examples.log import ENDINGS, TWIN_TYPES, TWINS, an_append, event, session, unless

ONE, OTHER = TWINS
TYPE, OTHER_TYPE = TWIN_TYPES
TAGS, TYPES = [ONE, OTHER, "room"], [TYPE, OTHER_TYPE, "seat.left"]


def crc_32c(text: str) -> int:
    """CRC-32C by its definition (RFC 3720, appendix B.4), bit by bit."""
    crc = 0xFFFFFFFF
    for octet in text.encode():
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("tag", "type_"),
    [("123456789", "123456789"), ("to:organisation_01m84mt5r8", "ballot.vote_cast"), ("", "é\U0001f5f3")],
)
async def test_the_index_key_of_a_tag_and_type_is_made_of_their_crcs(database: Database, tag: str, type_: str) -> None:
    """Keys are stored for ever: another function would not find the existing ones."""
    assert crc_32c("123456789") == 0xE3069283
    async with session(database.url) as service:
        key: int = await service.fetchval("select tag_key($1, $2)", tag, type_)
    kind = crc_32c(tag.partition("_")[0]).to_bytes(4)
    assert key.to_bytes(8, signed=True) == kind[3:] + crc_32c(tag).to_bytes(4) + crc_32c(type_).to_bytes(4)[1:]


def test_no_two_event_types_share_their_bits() -> None:
    """Results would still be correct, but reads of one type under a tag would scan the other as well."""
    assert len({crc_32c(one) & 0xFFFFFF for one in by_topic()}) == len(by_topic())


def held_by(query: DCBQuery, events: Sequence[NewEvent]) -> list[int]:
    """Positions of the matching events, by a scan of each."""
    return [
        number
        for number, one in enumerate(events, 1)
        if any((not i.types or one.type in i.types) and {*i.tags} <= {*one.tags} for i in query.items)
    ]


def some_item(chance: random.Random) -> DCBQueryItem:
    return DCBQueryItem(chance.sample(TYPES, chance.randint(0, 2)), chance.sample(TAGS, chance.randint(1, 2)))


async def test_a_read_by_tag_finds_the_same_as_a_scan_of_every_event(database: Database) -> None:
    assert crc_32c(ONE) == crc_32c(OTHER)
    assert crc_32c(TYPE) == crc_32c(OTHER_TYPE)
    chance = random.Random(45)
    events = [event(chance.choice(TYPES), *chance.sample(TAGS, chance.randint(1, 3))) for _ in range(60)]
    async with Log.open(database.url) as log:
        await log.append(an_append(*events))
        for _ in range(200):
            query = DCBQuery([some_item(chance) for _ in range(chance.randint(1, 2))])
            after, until, limit = chance.randint(0, 40), chance.randint(30, 60), chance.randint(1, 8)
            wanted = [one for one in held_by(query, events) if after < one <= until]
            for found, expected in (
                (await log.read(query, after=after, until=until), wanted),
                (await log.read(query, after=after, until=until, limit=limit), wanted[:limit]),
                (await log.read(query, after=after, until=until, limit=limit, newest=True), wanted[-limit:]),
            ):
                assert [one.position for one in found[0]] == expected, query
            if all(one.types for one in query.items):
                assert [one.position for one in (await log.read_boundary(query))[0]] == held_by(query, events), query


@pytest.mark.parametrize("types", [[], [TYPE]])
async def test_a_page_is_full_despite_unrelated_events_in_between(database: Database, types: list[str]) -> None:
    async with Log.open(database.url) as log:
        for _ in range(3):
            await log.append(an_append(*(event(TYPE, OTHER) for _ in range(99)), event(TYPE, ONE)))
        asked = DCBQuery([DCBQueryItem(types, [ONE])])
        pages = [
            await log.read(asked, limit=2),
            await log.read(asked, limit=2, newest=True),
            await log.read(asked, after=200, limit=2),
        ]
        streamed = [one.position async for page in log.stream(asked) for one in page]
    assert [[one.position for one in found] for found, _ in pages] == [[100, 200], [200, 300], [300]]
    assert streamed == [100, 200, 300]


async def test_an_event_with_both_tags_is_recorded_and_found_under_each(database: Database) -> None:
    async with Log.open(database.url) as log:
        await log.append(an_append(event(TYPE, ONE, OTHER, "room")))
        for tags in ([ONE], [OTHER], [ONE, OTHER], ["room", OTHER]):
            for types in ([], [TYPE]):
                found, _ = await log.read(DCBQuery([DCBQueryItem(types, tags)]))
                assert [one.position for one in found] == [1]


@pytest.mark.parametrize(
    ("types", "tag", "type_"),
    [([TYPE], OTHER, TYPE), ([TYPE], ONE, OTHER_TYPE), ([], OTHER, TYPE), (["seat.left", TYPE], OTHER, OTHER_TYPE)],
)
async def test_events_of_another_process_under_the_same_bits_are_no_conflict(
    database: Database, types: list[str], tag: str, type_: str
) -> None:
    """Neither at the head, nor in between, nor before the events that this process knows."""
    async with Log.open(database.url) as other:
        await other.append(an_append(event(type_, tag)))
        async with Log.open(database.url) as log:
            for after in (None, 0, 1, 2):
                await other.append(an_append(event(type_, tag), event(type_, tag)))
                asks = unless(ONE, types=types, after=after)
                mine = [an_append(event("seat.left", "room"), condition=asks) for _ in range(3)]
                assert all(isinstance(one, Receipt) for one in await asyncio.gather(*map(log.append, mine)))
            await other.append(an_append(event(TYPE, ONE)))
            for after in (None, await log.head() - 1):
                with pytest.raises(Conflict):
                    await log.append(an_append(condition=unless(ONE, types=types, after=after)))


async def test_a_dossier_counts_only_events_visible_to_its_organisation(database: Database) -> None:
    mine, theirs = (f"to:organisation{one}" for one in ENDINGS)
    async with Log.open(database.url) as log:
        await log.append(an_append(*(event("a.b", theirs if n % 3 else mine) for n in range(9))))
        assert [await count_visible(log, mine, position) for position in range(10)] == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
        assert await indexes_of(log, mine, [1, 2, 4, 7, 9]) == {1: 0, 4: 1, 7: 2}


async def test_events_of_one_team_are_not_counted_for_another(database: Database) -> None:
    (mine, theirs), bank = (f"team{one}" for one in ENDINGS), "to:organisation_1"
    async with Log.open(database.url) as log:
        await log.append(an_append(event(TYPE, mine, bank), event(OTHER_TYPE, theirs, bank)))
        for type_, team in product(TWIN_TYPES, (mine, theirs, theirs)):
            await log.append(an_append(event(type_, team)))
        assert await count_concerning(log, bank, [TYPE], [TYPE]) == {TYPE: 2}
        assert await count_concerning(log, bank, [TYPE, OTHER_TYPE], [TYPE]) == {TYPE: 2, OTHER_TYPE: 1}


async def test_file_contents_without_an_event_are_deleted_beside_an_attached_file(database: Database) -> None:
    lost, attached = (f"file{one}" for one in ENDINGS)
    async with Log.open(database.url) as log, session(database.owner_url) as owner:
        await log.append(an_append(event("team.file_attached", attached)))
        for one in (lost, attached):
            await owner.execute("insert into file_pieces values ($1, 0, '', '', now() - interval '2 days')", one)
        await files.delete_orphans(log.pool)
        assert [row[0] for row in await owner.fetch("select file from file_pieces")] == [attached]
