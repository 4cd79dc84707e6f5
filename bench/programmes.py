"""Fills a log with programmes of 2 000 events each: people, a ballot, teams, gatherings and insights."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from bench.reading import connect
from domain.events.attendance import AttendanceRecorded
from domain.events.ballot import VoteCast
from domain.events.challenge import ChallengeAdmitted, ChallengeProposed
from domain.events.gathering import GatheringHeld, GatheringPlanned
from domain.events.programme import Policies, ProgrammeOpened
from domain.events.research import InsightShared
from domain.events.roles import ParticipantEnrolled
from domain.events.team import PreferencesRanked, TeamFormed
from domain.foundation import (
    BallotId,
    ChallengeId,
    Code,
    Digest,
    Event,
    GatheringId,
    InsightId,
    Key,
    Label,
    OrganisationId,
    PersonId,
    ProgrammeId,
    TeamId,
    Words,
    ZoneName,
)
from projections.view import View
from service.clock_and_ids import new_id, new_uuid

PEOPLE, CHALLENGES, TEAMS, GATHERINGS = 60, 5, 10, 10
EVENTS = 2_000  # of a programme
STARTS = AT = datetime(2016, 9, 1, 9, tzinfo=UTC)
STATEMENT_TIMEOUT_S = 600.0
ACTOR_AND_VIA = ("system", "bench")
ENCODE = msgspec.json.Encoder(enc_hook=lambda text: text.digest, order="sorted").encode
"""Texts are digests without sealed content, since nothing here decrypts them."""
DIGEST = "A" * 43
COLUMNS = [
    "position",
    "type",
    "v",
    "tags",
    "data",
    "blind",
    "actor",
    "via",
    "command_id",
    "correlation_id",
    "recorded_at",
]

TAGS = """
insert into event_tags (key, position)
select distinct tag_key(t.tag, e.type), e.position from events e, unnest(e.tags) as t (tag) where e.position between $1 and $2
"""


class FilledLog(NamedTuple):
    """The content of a filled log."""

    events: int
    programmes: list[ProgrammeId]


EMPTY = FilledLog(0, [])


def touched(views: Iterable[View[Any]]) -> float:
    """The mean number of rows of these views that an event changes."""
    views, events = list(views), list(programme_events(ProgrammeId(new_id("programme"))))
    rows = sum(
        len(list(view.takes[type(event)].keys(event)))
        for event in events
        for view in views
        if type(event) in view.takes
    )
    return rows / len(events)


def programme_events(programme: ProgrammeId) -> Iterator[Event]:
    """The events of a programme, in a possible order."""
    people = [PersonId(new_id("person")) for _ in range(PEOPLE)]
    bank, challenges = (
        OrganisationId(new_id("organisation")),
        tuple(ChallengeId(new_id("challenge")) for _ in range(CHALLENGES)),
    )
    teams = [TeamId(new_id("team")) for _ in range(TEAMS)]
    ballot = BallotId(new_id("ballot"))
    yield ProgrammeOpened(
        programme=programme,
        name=Label("Leergang"),
        edition=Label("2016"),
        timezone=ZoneName("Europe/Amsterdam"),
        languages=(Code("nl"),),
        starts_on=None,
        ends_on=None,
        policies=Policies(),
    )
    for one in people:
        yield ParticipantEnrolled(programme=programme, person=one, organisation=None)
    for one in challenges:
        text = Words(digest=DIGEST)
        yield ChallengeProposed(
            challenge=one, programme=programme, organisation=bank, proposer=None, title=text, context=text, wish=None
        )
        yield ChallengeAdmitted(challenge=one, programme=programme, organisation=bank)
    for _ in range(5):  # everybody votes and ranks several times
        for one in people:
            yield VoteCast(ballot=ballot, programme=programme, voter=one, commitment=Digest(DIGEST))
            yield PreferencesRanked(programme=programme, person=one, ranking=challenges, motivation=None)
    for number, team in enumerate(teams):
        members = tuple(people[number :: len(teams)])
        yield TeamFormed(
            team=team,
            programme=programme,
            challenge=challenges[0],
            organisation=None,
            number=number + 1,
            members=members,
        )
    for number in range(GATHERINGS):
        yield from gathering_events(programme, people, tuple(teams), STARTS + timedelta(days=7 * number))
    for number in range(EVENTS - 1 - 11 * PEOPLE - 2 * CHALLENGES - TEAMS - GATHERINGS * (2 + PEOPLE)):
        yield InsightShared(
            insight=InsightId(new_id("insight")),
            team=teams[number % TEAMS],
            programme=programme,
            text=Words(digest=DIGEST),
            about=None,
        )


def gathering_events(
    programme: ProgrammeId, people: list[PersonId], teams: tuple[TeamId, ...], starts_at: datetime
) -> Iterator[Event]:
    """A gathering of all teams, with its attendance."""
    gathering = GatheringId(new_id("gathering"))
    of: dict[str, Any] = {"gathering": gathering, "programme": programme, "teams": teams, "organisations": ()}
    yield GatheringPlanned(
        **of,
        kind="own",
        number=None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place=Words(digest=DIGEST),
    )
    for number, one in enumerate(people):
        yield AttendanceRecorded(gathering=gathering, programme=programme, person=one, present=number % 10 != 0)
    yield GatheringHeld(**of, topics=(Key("networking"),), techniques=())


async def fill(owner_url: str, programmes: int, before: FilledLog = EMPTY) -> FilledLog:
    """Append this number of programmes to a log that is empty or was filled `before`, one after the other, by COPY."""
    connection = await connect(
        owner_url, server_settings={"synchronous_commit": "off"}, command_timeout=STATEMENT_TIMEOUT_S
    )
    made, position = [ProgrammeId(new_id("programme")) for _ in range(programmes)], before.events
    try:
        for programme in made:
            events = list(programme_events(programme))
            assert len(events) == EVENTS, "callers compute where each programme begins"
            rows: list[tuple[object, ...]] = []
            for event in events:
                position += 1
                command = new_uuid()
                rows.append(
                    (
                        position,
                        event.TOPIC,
                        event.VERSION,
                        event.tags(),
                        ENCODE(event),
                        command.bytes * 2,
                        *ACTOR_AND_VIA,
                        command,
                        command,
                        AT,
                    )
                )
            await connection.copy_records_to_table("events", records=rows, columns=COLUMNS)
            await connection.execute(TAGS, position - len(rows) + 1, position)
        for table in ("events", "event_tags"):
            await connection.execute(f"vacuum analyze {table}")
    finally:
        await connection.close()
    return FilledLog(position, [*before.programmes, *made])
