"""The to-dos of a person. Derived from other views; nothing is stored."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from domain.advice.presenting import TIME_TO_ANSWER
from domain.foundation import AnyId, PersonId, ProgrammeId
from projections.advice import ADVICE, Advice
from projections.ballots import BALLOTS, PAPERS
from projections.challenges import CHALLENGES
from projections.commitments import COMMITMENTS
from projections.gatherings import GATHERINGS
from projections.programmes import PARTICIPANTS, PROGRAMMES
from projections.query import ViewQuery
from projections.questions import QUESTIONS
from projections.recommendations import RECOMMENDATIONS
from projections.teams import ASSIGNMENTS, PREFERENCES, TEAMS
from projections.trips import TRIPS, Trip
from projections.view import ids

MAX_ROWS = 200
"""Rows of each kind."""

Kind = Literal[
    "vote",
    "rank",
    "answer_poll",
    "judge_advice",
    "answer_question",
    "admit_challenge",
    "certify_ballot",
    "adopt_assignment",
    "hold_gathering",
    "respond",
    "settle_commitment",
]


class ToDo(Struct, frozen=True, kw_only=True, rename=ids("programme")):
    """A to-do about a thing (`id`), with its deadline, a time or a day, if it has one. `title`: in the reader's language."""

    id: AnyId
    kind: Kind
    status: Literal["open"] = "open"
    programme: ProgrammeId
    title: str = ""
    due_at: datetime | None = None
    due_on: date | None = None


VOTE = ViewQuery(
    """
    -- Open ballots of which $1 is an elector who has no paper yet; of these programmes ($4; null: of all).
    select b.key as id, 'vote' as kind, b.programme_id, b.closes_at as due_at from {ballots} b
    where b.status = 'open' and b.closes_at > $2 and $1 = any(b.elector_ids)
      and ($4::text[] is null or b.programme_id = any($4))
      and not exists (select from {papers} p where p.ballot_id = b.key and p.voter_id = $1)
    order by b.closes_at, b.key limit $3
    """,
    BALLOTS,
    PAPERS,
)

RANK = ViewQuery(
    """
    -- Programmes with selected challenges and no CoPs yet, in which $1 takes part and has ranked nothing; of these ($4; null:
    -- of all).
    select p.key as id, 'rank' as kind, p.key as programme_id, p.preferences_close_at as due_at from {programmes} p
    where exists (select from {participants} q where q.programme_id = p.key and q.person_id = $1 and q.status = 'active')
      and exists (select from {challenges} c where c.programme_id = p.key and c.status = 'selected')
      and not exists (select from {teams} t where t.programme_id = p.key)
      and not exists (select from {preferences} r where r.programme_id = p.key and r.person_id = $1)
      and (p.preferences_close_at is null or p.preferences_close_at > $2)
      and ($4::text[] is null or p.key = any($4))
    order by p.preferences_close_at, p.key limit $3
    """,
    PROGRAMMES,
    PARTICIPANTS,
    CHALLENGES,
    TEAMS,
    PREFERENCES,
)

POLLS = ViewQuery(
    """
    -- The trips of these teams ($1), and these trips ($3), that have an open date poll.
    select * from {trips} where (team_id = any($1) or key = any($3)) and status = 'polling' order by key limit $2
    """,
    TRIPS,
)

ADVICES = ViewQuery(
    """
    -- The advice of these teams ($1) on which members were asked for a verdict.
    select * from {advice} where key = any($1) and asked_at is not null order by key limit $2
    """,
    ADVICE,
)

GUIDED = ViewQuery(
    """
    -- In these programmes ($1): challenges to admit, questions to answer before the ballot, counts to certify, teams to adopt,
    -- sessions that ended ($2) and are not held.
    select c.key as id, 'admit_challenge' as kind, c.programme_id, null::timestamptz as due_at from {challenges} c
    where c.programme_id = any($1) and c.status = 'proposed'
    union all
    select q.key, 'answer_question', q.programme_id, null from {questions} q join {challenges} c on c.key = q.challenge_id
    where q.programme_id = any($1) and q.status = 'open' and c.status in ('proposed', 'admitted')
    union all
    select b.key, 'certify_ballot', b.programme_id, null from {ballots} b
    where b.programme_id = any($1) and b.status = 'counted'
    union all
    select a.key, 'adopt_assignment', a.programme_id, null from {assignments} a
    where a.programme_id = any($1) and a.status = 'proposed'
      and not exists (select from {teams} t where t.programme_id = a.programme_id)
    union all
    select g.key, 'hold_gathering', g.programme_id, g.ends_at from {gatherings} g
    where g.programme_id = any($1) and g.kind = 'session' and g.status in ('planned', 'rescheduled') and g.ends_at < $2
    order by due_at nulls last, id limit $3
    """,
    CHALLENGES,
    QUESTIONS,
    BALLOTS,
    ASSIGNMENTS,
    TEAMS,
    GATHERINGS,
)

ANSWER_OWN = ViewQuery(
    """
    -- Questions without an answer on challenges that $1 proposed and that were on no ballot yet, in programmes in which $1 takes
    -- part; of these ($3; null: of all).
    select q.key as id, 'answer_question' as kind, q.programme_id from {questions} q
    join {challenges} c on c.key = q.challenge_id
    where c.proposer_id = $1 and q.status = 'open' and c.status in ('proposed', 'admitted')
      and exists (select from {participants} p
                  where p.programme_id = q.programme_id and p.person_id = $1 and p.status = 'active')
      and ($3::text[] is null or q.programme_id = any($3))
    order by id limit $2
    """,
    QUESTIONS,
    CHALLENGES,
    PARTICIPANTS,
)

ANSWER_AS_COMMISSIONER = ViewQuery(
    """
    -- Questions without an answer on challenges that were on no ballot yet, of these organisations ($1), and on these challenges
    -- ($2) of these ($4).
    select q.key as id, 'answer_question' as kind, q.programme_id from {questions} q
    join {challenges} c on c.key = q.challenge_id
    where (c.organisation_id = any($1) or c.key = any($2) and c.organisation_id = any($4))
      and q.status = 'open' and c.status in ('proposed', 'admitted')
    order by id limit $3
    """,
    QUESTIONS,
    CHALLENGES,
)

GATHERED = ViewQuery(
    """
    -- Own gatherings of these teams ($1) that ended ($2) and are not held.
    select g.key as id, 'hold_gathering' as kind, g.programme_id, g.ends_at as due_at from {gatherings} g
    where g.team_ids && $1 and g.kind = 'own' and g.status in ('planned', 'rescheduled') and g.ends_at < $2
    order by due_at, id limit $3
    """,
    GATHERINGS,
)

RESPOND = ViewQuery(
    """
    -- Delivered recommendations without a response, for these organisations ($1), and on these challenges ($2) of these ($4).
    select r.key as id, 'respond' as kind, r.programme_id, r.response_due_at as due_at from {recommendations} r
    where (r.organisation_id = any($1) or r.challenge_id = any($2) and r.organisation_id = any($4))
      and r.response_due_at is not null and r.response is null
    order by due_at, id limit $3
    """,
    RECOMMENDATIONS,
)

SETTLE = ViewQuery(
    """
    -- Open commitments of these organisations ($1), and on these challenges ($2) of these ($4).
    select c.key as id, 'settle_commitment' as kind, c.programme_id, c.due_on from {commitments} c
    where (c.organisation_id = any($1) or c.challenge_id = any($2) and c.organisation_id = any($4)) and c.status = 'open'
    order by due_on, id limit $3
    """,
    COMMITMENTS,
)


def poll_to_answer(row: Trip, person: PersonId) -> Iterator[ToDo]:
    """The to-do of a date poll, if this person has not answered every option."""
    if row.poll is None:
        return
    answered = {one.option_id for one in row.poll.answers if one.person_id == person}
    if any(one.option_id not in answered for one in row.poll.options):
        yield ToDo(id=AnyId(row.id), kind="answer_poll", programme=row.programme, due_at=row.poll.answer_by)


def advice_to_judge(row: Advice, person: PersonId) -> Iterator[ToDo]:
    """The to-do of an advice, if this member was asked for a verdict and has not given it (rule 18)."""
    said = any(one.member == person and one.version == row.version for one in row.verdicts)
    if row.asked_at is not None and row.status == "drafting" and not said:
        yield ToDo(id=AnyId(row.id), kind="judge_advice", programme=row.programme, due_at=row.asked_at + TIME_TO_ANSWER)
