"""The events of an organisation's dossier, counted."""

from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from domain.events.ballot import VoteCast
from domain.events.challenge import ChallengeProposed
from domain.events.research import InsightShared
from domain.events.team import TeamFormed
from domain.foundation import Event, Tagged
from service.sealing.keys import KeyStore
from service.store.log.dossier import count_concerning, count_visible
from service.store.log.log import Log
from service.store.log.mapper import Mapper
from service.store.log.types import Append, Envelope
from tests.conftest import Database
from tests.samples import sample_event

FORMED = sample_event(TeamFormed)
BANK = f"to:{FORMED.organisation}"
PROPOSED = replace(sample_event(ChallengeProposed), challenge=FORMED.challenge, organisation=FORMED.organisation)
INSIGHT = replace(sample_event(InsightShared), team=FORMED.team)
ELSEWHERE = sample_event(InsightShared, "elsewhere/")
VOTE = sample_event(VoteCast)
BEGINNINGS = [ChallengeProposed.TOPIC, TeamFormed.TOPIC]


async def recorded(log: Log, keys: Path, *events: Event) -> None:
    rows, disclosures = Mapper(KeyStore(keys)).rows([Tagged(one.tags(), one) for one in events])
    envelope = Envelope(actor="operator", via="operator", command_id=UUID(int=1), correlation_id=UUID(int=1))
    await log.append(Append(events=rows, envelope=envelope, disclosures=disclosures))


async def test_an_events_index_counts_the_visible_events_before_it(database: Database, tmp_path: Path) -> None:
    async with Log.open(database.url) as log:
        await recorded(log, tmp_path / "keys", PROPOSED, VOTE, FORMED)
        assert [await count_visible(log, BANK, position) for position in range(4)] == [0, 1, 1, 2]
        assert await count_visible(log, "to:nobody", 3) == 0


async def test_only_events_of_its_challenges_and_teams_are_counted(database: Database, tmp_path: Path) -> None:
    async with Log.open(database.url) as log:
        await recorded(log, tmp_path / "keys", PROPOSED, FORMED, INSIGHT, INSIGHT, ELSEWHERE, VOTE)
        types = [InsightShared.TOPIC, VoteCast.TOPIC]
        assert await count_concerning(log, BANK, types, BEGINNINGS) == {InsightShared.TOPIC: 2}
        assert await count_concerning(log, "to:nobody", types, BEGINNINGS) == {}
