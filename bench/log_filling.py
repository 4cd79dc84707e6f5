"""Fills a log of any size by SQL, in seconds, with events that resemble real ones in their ids and tags."""

from service.store.database import Connection, connect

BATCH_EVENTS = 250_000
BULK_EVENTS = 500_000  # from here on, indexes are built afterwards
STATEMENT_TIMEOUT_S = 600.0

EVENTS = """
-- Ballots follow each other in time, with 400 votes each, and so do programmes; persons recur all over the log.
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select n,
       case n % 10 when 8 then 'programme.participant_enrolled' when 9 then 'ballot.recusal_declared' else 'ballot.vote_cast' end,
       1,
       array['person_' || left(md5((hashint8(n) % ($3 / 20 + 100))::text), 26),
             'ballot_' || left(md5('b' || n / 400), 26),
             'programme_' || left(md5('p' || n / 6000), 26)],
       convert_to('{"ballot":"ballot_' || left(md5('b' || n / 400), 26) || '","commitment":"' || md5('c' || n) || md5('d' || n)
         || 'aaaaaaaaaaaa","own":true,"programme":"programme_' || left(md5('p' || n / 6000), 26) || '"}', 'UTF8'),
       sha256(n::text::bytea), 'person_' || left(md5(n::text), 26), 'token_' || left(md5('t' || n), 26),
       md5('i' || n)::uuid, md5('i' || n)::uuid,
       now() - ($3 - n) * interval '1 millisecond' - interval '1 second'
from generate_series($1::bigint, $2::bigint) n
"""

TAGS = """
insert into event_tags (key, position)
select distinct tag_key(t.tag, e.type), e.position from events e, unnest(e.tags) as t (tag) where e.position between $1 and $2
"""

VOTES = """
-- Votes on one ballot, each by a different person.
insert into events (position, type, v, tags, data, blind, actor, via, command_id, correlation_id, recorded_at)
select $2 + n, 'ballot.vote_cast', 1, array['person_' || left(md5($1 || n), 26), $1, $4],
       convert_to('{"ballot":"' || $1 || '","commitment":"' || md5('c' || n) || md5('d' || n)
         || 'aaaaaaaaaaaa","own":true,"programme":"' || $4 || '"}', 'UTF8'),
       sha256(($1 || n)::bytea), 'person_' || left(md5($1 || n), 26), 'token_' || left(md5($1 || n), 26),
       md5($1 || n)::uuid, md5($1 || n)::uuid, now() - interval '1 second'
from generate_series(1, $3::bigint) n
"""

PAPERS = """
insert into papers (ballot, voter, sealed, commitment, position)
select $1, 'person_' || left(md5($1 || n), 26), sha256(n::text::bytea) || sha256(n::text::bytea), sha256(n::text::bytea), $2 + n
from generate_series(1, $3::bigint) n
"""

WITHOUT_INDEXES = """
alter table event_tags drop constraint event_tags_pkey;
drop index events_by_type;
set maintenance_work_mem = '512MB';
"""

INDEXES = """
alter table event_tags add primary key (key, position);
create index events_by_type on events (type, position);
"""


async def log_of(owner_url: str, events: int) -> None:
    """Fill an empty log with this number of events."""
    connection = await connect(owner_url, {"synchronous_commit": "off"}, timeout_s=STATEMENT_TIMEOUT_S)
    try:
        await connection.execute(WITHOUT_INDEXES if events >= BULK_EVENTS else "select")
        for first in range(1, events + 1, BATCH_EVENTS):
            last = min(events, first + BATCH_EVENTS - 1)
            await connection.execute(EVENTS, first, last, events)
            await connection.execute(TAGS, first, last)
        await connection.execute(INDEXES if events >= BULK_EVENTS else "select")
        await _settle(connection)
    finally:
        await connection.close()


async def papers_on(owner_url: str, ballot: str, programme: str, papers: int) -> None:
    """Append this number of votes and papers of new persons on a ballot."""
    connection = await connect(owner_url, timeout_s=STATEMENT_TIMEOUT_S)
    try:
        head: int = await connection.fetchval("select coalesce(max(position), 0) from events")
        await connection.execute(VOTES, ballot, head, papers, programme)
        await connection.execute(TAGS, head + 1, head + papers)
        await connection.execute(PAPERS, ballot, head, papers)
        await _settle(connection)
    finally:
        await connection.close()


async def _settle(connection: Connection) -> None:
    """Vacuum and analyze now, so that the server does not do it during the measurement."""
    for table in ("events", "event_tags", "papers"):
        await connection.execute(f"vacuum analyze {table}")
