"""The to-dos of a person. Derived from other views; nothing is stored."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from domain.foundation import AnyId, ProgrammeId
from projections.advice import ADVICE
from projections.ballots import BALLOTS, PAPERS
from projections.challenges import CHALLENGES
from projections.commitments import COMMITMENTS
from projections.gatherings import GATHERINGS
from projections.programmes import PARTICIPANTS, PROGRAMMES
from projections.query import ViewQuery
from projections.questions import QUESTIONS
from projections.recommendations import RECOMMENDATIONS
from projections.teams import ASSIGNMENTS, PREFERENCES, TEAMS
from projections.trips import TRIPS
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


OF_PARTICIPANT = ViewQuery(
    """
    -- What waits for $1, who takes part, at $2, of each kind at most $3; of these programmes ($4; null: of all). Their teams ($5)
    -- and the trips on which they are guests ($6). $7: the time to give a verdict.
    (
      -- Open ballots of which they are an elector who has no paper yet.
      select b.key as id, 'vote' as kind, b.programme_id, b.closes_at as due_at from {ballots} b
      where b.status = 'open' and b.closes_at > $2 and $1 = any(b.elector_ids)
        and ($4::text[] is null or b.programme_id = any($4))
        and not exists (select from {papers} p where p.ballot_id = b.key and p.voter_id = $1)
      order by b.closes_at, b.key limit $3
    ) union all (
      -- Programmes with selected challenges and no CoPs yet, in which they take part and have ranked nothing.
      select p.key, 'rank', p.key, p.preferences_close_at from {programmes} p
      where exists (select from {participants} q where q.programme_id = p.key and q.person_id = $1 and q.status = 'active')
        and exists (select from {challenges} c where c.programme_id = p.key and c.status = 'selected')
        and not exists (select from {teams} t where t.programme_id = p.key)
        and not exists (select from {preferences} r where r.programme_id = p.key and r.person_id = $1)
        and (p.preferences_close_at is null or p.preferences_close_at > $2)
        and ($4::text[] is null or p.key = any($4))
      order by p.preferences_close_at, p.key limit $3
    ) union all (
      -- Questions without an answer on challenges that they proposed and that were on no ballot yet.
      select q.key, 'answer_question', q.programme_id, null from {questions} q join {challenges} c on c.key = q.challenge_id
      where c.proposer_id = $1 and q.status = 'open' and c.status in ('proposed', 'admitted')
        and exists (
          select from {participants} p
          where p.programme_id = q.programme_id and p.person_id = $1 and p.status = 'active'
        )
        and ($4::text[] is null or q.programme_id = any($4))
      order by q.key limit $3
    ) union all (
      -- Own gatherings of their teams that ended and are not held.
      select g.key, 'hold_gathering', g.programme_id, g.ends_at from {gatherings} g
      where g.team_ids && $5::text[] and g.kind = 'own' and g.status in ('planned', 'rescheduled') and g.ends_at < $2
      order by g.ends_at, g.key limit $3
    ) union all (
      -- Open date polls with an option on which they gave no answer.
      select t.key, 'answer_poll', t.programme_id, (t.poll->>'answer_by')::timestamptz from {trips} t
      where (t.team_id = any($5) or t.key = any($6::text[])) and t.status = 'polling' and exists (
        select from jsonb_array_elements(t.poll->'options') option
        where not t.poll->'answers' @> jsonb_build_array(
          jsonb_build_object('person_id', $1::text, 'option_id', option->>'option_id')
        )
      )
      order by t.key limit $3
    ) union all (
      -- Advices on which they were asked for a verdict and have not given it on this version (rule 18).
      select a.key, 'judge_advice', a.programme_id, a.asked_at + $7::interval from {advice} a
      where a.key = any($5) and a.asked_at is not null and a.status = 'drafting'
        and not a.verdicts @> jsonb_build_array(jsonb_build_object('member_id', $1::text, 'version', a.version))
      order by a.key limit $3
    )
    """,
    BALLOTS,
    PAPERS,
    PROGRAMMES,
    PARTICIPANTS,
    CHALLENGES,
    TEAMS,
    PREFERENCES,
    QUESTIONS,
    GATHERINGS,
    TRIPS,
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
