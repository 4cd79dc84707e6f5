"""What was concluded when a conclusion named less than it does today is over all the same."""

import json
from pathlib import Path

from msgspec.structs import replace

from domain.events.challenge import ChallengeProposed
from domain.events.programme import ProgrammeConcluded
from domain.events.team import TeamFormed
from domain.events.trip import TripIdeaProposed
from domain.foundation import Caller, Command, Event, Tagged
from domain.programmes.programme import KnowingConclusions
from domain.teams.own_work import OwnWork
from service.commands import CommandHandler
from service.sealing.keys import KeyStore
from service.store.log.log import Log
from service.store.log.mapper import Mapper
from service.store.log.types import NewEvent
from service.store.schema import migrations
from tests.conftest import Database
from tests.domain.golden import FOLDER
from tests.reference.test_after_the_conclusion import BY_GUIDE, ENDED, OVER
from tests.samples import ANNA, BY_ANNA, sample_command, sample_event
from tests.service.store.log_examples import an_append, session

(TEAM,), (CHALLENGE,), (TRIP,) = OVER.teams, OVER.challenges, OVER.trips
BEFORE: list[Event] = [
    replace(sample_event(ChallengeProposed), programme=OVER.programme, challenge=CHALLENGE),
    replace(sample_event(TeamFormed), programme=OVER.programme, team=TEAM, members=(ANNA,)),
    replace(sample_event(TripIdeaProposed), programme=OVER.programme, team=TEAM, trip=TRIP),
]


def first_version() -> NewEvent:
    """The conclusion as its first version said it."""
    data = json.loads((FOLDER / f"{ProgrammeConcluded.TOPIC}.v1.json").read_bytes())
    said = {"programme": str(OVER.programme), "teams": [str(TEAM)]}
    assert said.keys() == data.keys()
    return NewEvent(ProgrammeConcluded.TOPIC, 1, [OVER.programme, TEAM], json.dumps(said).encode())


async def knowing(commands: CommandHandler, command: type[Command], by: Caller) -> bool:
    """Whether what this command reads tells it that the programme is over."""
    asked, _ = await commands.load(sample_command(command, by))
    assert isinstance(asked, KnowingConclusions)
    return OVER.programme in asked.concluded


async def test_a_conclusion_of_the_first_version_is_known_to_all_that_ends_with_it(
    database: Database, tmp_path: Path
) -> None:
    keys = KeyStore(tmp_path / "keys")
    mapper = Mapper(keys)
    rows, disclosures = mapper.rows([Tagged(one.tags(), one) for one in BEFORE])
    async with Log.open(database.url) as log:
        await log.append(an_append(*rows, first_version(), disclosures=disclosures))
        commands = CommandHandler(log, mapper, keys)
        asking = [
            (one, by) for one in ENDED for by in ((BY_ANNA,) if issubclass(one, OwnWork) else (BY_ANNA, BY_GUIDE))
        ]
        unaware = {one.__name__ for one, by in asking if not await knowing(commands, one, by)}
        assert "AdmitChallenge" in unaware, "it asks about its challenge"
        async with session(database.owner_url) as owner:
            (conclusions,) = [one for one in migrations() if one.name == "conclusions"]
            await owner.execute(conclusions.sql)
            await owner.execute(conclusions.sql)
        assert [one.__name__ for one, by in asking if not await knowing(commands, one, by)] == []
