"""Reports: tables derived from the views, from which other programs make charts. No names of people, and no texts.

Reports are database views in the schema `reporting`, and files (CSV, XLSX) over HTTP; docs/reference/reporting.md describes them.
Columns are never removed and never change their meaning: that takes a new report. New columns are added at the end.
"""

from typing import Literal, NamedTuple

from projections.advice import ADVICE
from projections.ballots import BALLOTS, PAPERS
from projections.commitments import COMMITMENTS
from projections.gatherings import GATHERINGS
from projections.people import ORGANISATIONS
from projections.programmes import PARTICIPANTS, PROGRAMMES
from projections.query import ViewQuery
from projections.recommendations import RECOMMENDATIONS
from projections.teams import PREFERENCES, TEAMS
from projections.trips import BOOKINGS, TRIPS

Kind = Literal["text", "boolean", "integer", "bigint", "numeric", "date", "timestamp with time zone"]


class Column(NamedTuple):
    """A column: its type in PostgreSQL, and its meaning with the unit."""

    name: str
    kind: Kind
    meaning: str


class Report(NamedTuple):
    """A table derived from views. `rows`: the meaning of a row. `key`: the columns that identify a row.

    Besides the columns, its query returns `audience`: the organisations that may read the row (docs/reference/audience.md).
    `internal`: the columns that they may not read.
    """

    name: str
    rows: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    query: ViewQuery
    internal: frozenset[str] = frozenset()


PROGRAMME = (
    Column("programme_id", "text", "The programme"),
    Column("programme", "text", "Its name"),
    Column("edition", "text", "Its edition"),
)
TEAM = Column("team_id", "text", "The CoP")
CHALLENGE = Column("challenge_id", "text", "The challenge on which it works")
COMMISSIONER = Column("organisation_id", "text", "The commissioner; none: it continues in the public interest")

PARTICIPATION = Report(
    "participation",
    "One row per present or former participant of a programme.",
    ("programme_id", "person_id"),
    (
        *PROGRAMME,
        Column("person_id", "text", "The participant"),
        Column(
            "organisation_id",
            "text",
            "The organisation that sends them, or sent them last; none: they take part on their own account",
        ),
        Column("organisation", "text", "Its name"),
        Column("status", "text", "active or withdrew"),
        Column("enrolled_at", "timestamp with time zone", "Time of enrolment"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, a.person_id, a.organisation_id, o.name as organisation,
               a.status, a.enrolled_at, array_remove(array[a.organisation_id], null) as audience
        from {participants} a
        join {programmes} p on p.key = a.programme_id
        left join {organisations} o on o.key = a.organisation_id
        """,
        PARTICIPANTS,
        PROGRAMMES,
        ORGANISATIONS,
    ),
)

TURNOUT = Report(
    "turnout",
    "One row per ballot, without anybody's choices.",
    ("programme_id", "ballot_id"),
    (
        *PROGRAMME,
        Column("ballot_id", "text", "The ballot"),
        Column("status", "text", "open, closed, counted, certified or void"),
        Column("secrecy", "text", "named or secret"),
        Column("rule", "text", "The rule by which it is counted"),
        Column("challenges", "integer", "Number of challenges on it"),
        Column("seats", "integer", "Number of challenges to select"),
        Column("electors", "integer", "Number of electors"),
        Column("papers", "integer", "Number of papers, blank ones included; while it is open: so far"),
        Column("turnout_percent", "numeric", "Papers per 100 electors, to one decimal"),
        Column("quorum_percent", "numeric", "Turnout required for a result, in percent"),
        Column("opened_at", "timestamp with time zone", "Time of opening"),
        Column("closes_at", "timestamp with time zone", "Deadline for votes"),
        Column("closed_at", "timestamp with time zone", "Time of closing; none: it is open"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, b.key as ballot_id, b.status, b.secrecy, b.rule,
               cardinality(b.challenge_ids) as challenges, b.seats::integer as seats, e.electors, n.papers,
               round(100.0 * n.papers / nullif(e.electors, 0), 1) as turnout_percent,
               round(b.quorum_permille / 10.0, 1) as quorum_percent, b.opened_at, b.closes_at, b.closed_at,
               b.organisation_ids as audience
        from {ballots} b
        join {programmes} p on p.key = b.programme_id
        left join (select ballot_id, count(*) as papers from {papers} group by ballot_id) now on now.ballot_id = b.key
        cross join lateral (select cardinality(b.elector_ids) as electors) e
        cross join lateral (
          select (case when b.closed_at is null then coalesce(now.papers, 0) else b.turnout end)::integer as papers
        ) n
        """,
        BALLOTS,
        PROGRAMMES,
        PAPERS,
    ),
)

ATTENDANCE = Report(
    "attendance",
    "One row per gathering that was held.",
    ("programme_id", "gathering_id"),
    (
        *PROGRAMME,
        Column("gathering_id", "text", "The gathering"),
        Column("kind", "text", "session: facilitated; own: planned by a CoP itself"),
        Column("number", "integer", "Number of the session; none: not a session"),
        Column("team_id", "text", "The CoP; none: several CoPs"),
        Column("starts_at", "timestamp with time zone", "Start"),
        Column("ends_at", "timestamp with time zone", "End"),
        Column("recorded", "integer", "Number of people whose attendance is recorded"),
        Column("present", "integer", "Number of them who were present"),
        Column("absent", "integer", "Number of them who were absent"),
        Column("present_percent", "numeric", "Present per 100 recorded, to one decimal"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, g.key as gathering_id, g.kind, g.number::integer as number,
               case when cardinality(g.team_ids) = 1 then g.team_ids[1] end as team_id, g.starts_at, g.ends_at,
               n.recorded, n.present, n.recorded - n.present as absent,
               round(100.0 * n.present / nullif(n.recorded, 0), 1) as present_percent, array[]::text[] as audience
        from {gatherings} g
        join {programmes} p on p.key = g.programme_id
        cross join lateral (
          select count(*)::integer as recorded, (count(*) filter (where (a->>'present')::boolean))::integer as present
          from jsonb_array_elements(g.attendance) a
        ) n
        where g.status = 'held'
        """,
        GATHERINGS,
        PROGRAMMES,
    ),
)

PHASES = Report(
    "phases",
    "One row per phase that a programme or a CoP has begun, with its duration.",
    ("programme_id", "team_id", "number"),
    (
        *PROGRAMME,
        Column("team_id", "text", "The CoP; none: a phase of the programme"),
        CHALLENGE,
        COMMISSIONER,
        Column("number", "integer", "Number of the phase, from 1, for the programme and for each CoP"),
        Column(
            "phase",
            "text",
            "Of a programme: intake (until a ballot opens), ballot (until the last one closes), assignment (until CoPs are "
            "formed); later ballots belong to no phase. Of a CoP: formed (until its first gathering), active (until it presents "
            "its advice), presenting (until it delivers the advice), following_up (until the programme is concluded)",
        ),
        Column("began_at", "timestamp with time zone", "Start"),
        Column("ended_at", "timestamp with time zone", "End; none: it continues, or the CoP ended during it"),
        Column("days", "numeric", "Duration in days, to one decimal; none: as ended_at"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, x.team_id, x.challenge_id, x.organisation_id, x.number,
               x.phase, x.began_at, x.ended_at, round(extract(epoch from x.ended_at - x.began_at) / 86400, 1) as days, x.audience
        from {programmes} p
        cross join lateral (
          select null as team_id, null as challenge_id, null as organisation_id, s.number, s.phase, s.began_at, s.ended_at,
                 array[]::text[] as audience
          from (select min(formed_at) as at from {teams} where programme_id = p.key) f,
               lateral (
                 select min(opened_at) as first, case when not bool_or(status = 'open') then max(closed_at) end as last
                 from {ballots} where programme_id = p.key and (f.at is null or opened_at < f.at)
               ) b,
               lateral (values (1, 'intake', p.opened_at, coalesce(b.first, f.at)), (2, 'ballot', b.first, b.last),
                               (3, 'assignment', b.last, f.at)) s (number, phase, began_at, ended_at)
          union all
          select t.key, t.challenge_id, t.organisation_id, s.number, s.phase, s.began_at, s.ended_at,
                 array_remove(array[t.organisation_id], null)
          from {teams} t
          left join {advice} a on a.key = t.key
          cross join lateral (
            select greatest(min(g.starts_at), t.formed_at) as met from {gatherings} g
            where g.programme_id = t.programme_id and g.status = 'held' and t.key = any(g.held_for_team_ids)
          ) g
          cross join lateral (
            select min((h->>'presented_at')::timestamptz) as presented, min((h->>'delivered_at')::timestamptz) as delivered
            from jsonb_array_elements(coalesce(a.handed_over, '[]')) h
          ) h
          cross join lateral (select case when t.status = 'concluded' then p.concluded_at end as concluded) c
          cross join lateral (values
            (1, 'formed', t.formed_at, coalesce(g.met, h.presented, h.delivered, c.concluded)),
            (2, 'active', g.met, coalesce(h.presented, h.delivered, c.concluded)),
            (3, 'presenting', h.presented, coalesce(h.delivered, c.concluded)),
            (4, 'following_up', h.delivered, c.concluded)
          ) s (number, phase, began_at, ended_at)
          where t.programme_id = p.key
        ) x
        where x.began_at is not null and (x.ended_at is null or x.began_at <= x.ended_at)  -- else the phase was skipped
        """,
        PROGRAMMES,
        TEAMS,
        BALLOTS,
        ADVICE,
        GATHERINGS,
    ),
)

PREFERENCES_MET = Report(
    "preferences_met",
    "One row per CoP and rank, with the number of its members who gave its challenge that rank.",
    ("programme_id", "team_id", "rank"),
    (
        *PROGRAMME,
        TEAM,
        CHALLENGE,
        Column("rank", "integer", "Rank, 1 is the best; none: they did not rank it"),
        Column("members", "integer", "Number of present members, or of the last ones if the CoP has ended"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, t.key as team_id, t.challenge_id, x.rank,
               count(*)::integer as members, array[]::text[] as audience
        from {teams} t
        join {programmes} p on p.key = t.programme_id
        cross join unnest(t.member_ids) m (person_id)
        left join {preferences} r on r.key = m.person_id || '/' || t.programme_id
        cross join lateral (select array_position(r.ranking, t.challenge_id) as rank) x
        group by p.key, p.name, p.edition, t.key, t.challenge_id, x.rank
        """,
        TEAMS,
        PROGRAMMES,
        PREFERENCES,
    ),
)

TRIP_COSTS = Report(
    "trip_costs",
    "One row per study trip and currency in which it had costs.",
    ("programme_id", "trip_id", "currency"),
    (
        *PROGRAMME,
        Column("team_id", "text", "The CoP"),
        Column("trip_id", "text", "The trip"),
        Column("status", "text", "idea, polling, date_fixed, booking, booked, completed or cancelled"),
        Column("starts_on", "date", "First day"),
        Column("ends_on", "date", "Last day"),
        Column("currency", "text", "ISO 4217"),
        Column("bookings_minor", "numeric", "Confirmed bookings, in minor units (cents)"),
        Column("expenses_minor", "numeric", "Expenses of travellers, for those bookings as well, in minor units"),
        Column("refunds_minor", "numeric", "Refunds of cancelled bookings, in minor units"),
        Column(
            "cost_minor",
            "numeric",
            "Total cost: confirmed bookings and all other expenses, less refunds of those, in minor units",
        ),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, t.team_id, t.key as trip_id, t.status, t.starts_on,
               t.ends_on, m.currency, sum(m.booked) as bookings_minor, sum(m.paid) as expenses_minor,
               sum(m.refunded) as refunds_minor,
               sum(m.cost) as cost_minor, array[]::text[] as audience
        from {trips} t
        join {programmes} p on p.key = t.programme_id
        cross join lateral (
          select b.amount->>'currency' as currency, (b.amount->>'amount_minor')::numeric as booked, 0 as paid, 0 as refunded,
                 (b.amount->>'amount_minor')::numeric as cost
          from {bookings} b where b.trip_id = t.key and b.status = 'confirmed'
          union all
          select r->'amount'->>'currency', 0, 0, (r->'amount'->>'amount_minor')::numeric, 0
          from jsonb_array_elements(t.refunds) r
          union all
          select e.currency, 0, e.charged, 0,
                 case when b.status = 'confirmed' then 0
                      -- A product of two amounts is larger than a bigint.
                      else e.charged - div(e.charged * least(e.amount, greatest(0, coalesce(b.back, 0) - e.later)), e.amount) end
          from (
            select e->>'booking_id' as booking_id, x.charged->>'currency' as currency, x.amount,
                   (x.charged->>'amount_minor')::numeric as charged, coalesce(sum(x.amount) over later, 0) as later
            from jsonb_array_elements(t.expenses) with ordinality spent (e, number)
            cross join lateral (
              select (e->'amount'->>'amount_minor')::numeric as amount,
                     coalesce(nullif(e->'settled_as', 'null'), e->'amount') as charged
            ) x
            -- A refund reduces the last payment of the booking first: domain/calculations/settlement.py.
            window later as (partition by e->>'booking_id' order by number desc rows between unbounded preceding and 1 preceding)
          ) e
          left join (select key, status, (refund->>'amount_minor')::numeric as back from {bookings}) b on b.key = e.booking_id
        ) m
        group by p.key, p.name, p.edition, t.key, t.team_id, t.status, t.starts_on, t.ends_on, m.currency
        """,
        TRIPS,
        PROGRAMMES,
        BOOKINGS,
    ),
)

EVIDENCE = Report(
    "evidence",
    "One row per recommendation, with its evidence in the version presented last, or else drafted last.",
    ("programme_id", "recommendation_id"),
    (
        *PROGRAMME,
        TEAM,
        CHALLENGE,
        COMMISSIONER,
        Column("recommendation_id", "text", "The recommendation"),
        Column("version", "integer", "That version"),
        Column(
            "status",
            "text",
            "drafted, presented, accepted, partly_accepted, rejected, in_progress, implemented or not_implemented",
        ),
        Column("evidence", "integer", "Number of things that it cites"),
        Column("sources", "integer", "Number of sources"),
        Column("interviews", "integer", "Number of interviews"),
        Column("visits", "integer", "Number of visits on study trips"),
        Column("insights", "integer", "Number of insights"),
        Column(
            "consent_withdrawn",
            "integer",
            "Number of interviews cited by the latest version whose consent was withdrawn; none: not visible to organisations",
        ),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, r.team_id, r.challenge_id, r.organisation_id,
               r.key as recommendation_id, v.version, coalesce(r.standing, 'drafted') as status, n.*,
               cardinality(r.withdrawn_interview_ids) as consent_withdrawn,
               case when r.presented_version is null then '{}' else array_remove(array[r.organisation_id], null) end as audience
        from {recommendations} r
        join {programmes} p on p.key = r.programme_id
        cross join lateral (
          select (one->>'version')::integer as version, one->'evidence' as evidence from jsonb_array_elements(r.versions) one
          where (one->>'version')::integer = coalesce(r.presented_version, r.version)
        ) v
        cross join lateral (
          select count(*)::integer as evidence, (count(*) filter (where starts_with(id, 'source_')))::integer as sources,
                 (count(*) filter (where starts_with(id, 'interview_')))::integer as interviews,
                 (count(*) filter (where starts_with(id, 'item_')))::integer as visits,
                 (count(*) filter (where starts_with(id, 'insight_')))::integer as insights
          from jsonb_array_elements_text(v.evidence) cited (id)
        ) n
        """,
        RECOMMENDATIONS,
        PROGRAMMES,
    ),
    internal=frozenset({"consent_withdrawn"}),
)

RESPONSE_TIMES = Report(
    "response_times",
    "One row per delivered recommendation.",
    ("programme_id", "recommendation_id"),
    (
        *PROGRAMME,
        TEAM,
        CHALLENGE,
        COMMISSIONER,
        Column("recommendation_id", "text", "The recommendation"),
        Column("version", "integer", "The delivered version"),
        Column("delivered_at", "timestamp with time zone", "Time of delivery of the advice"),
        Column("due_at", "timestamp with time zone", "Deadline for the response"),
        Column("responded_at", "timestamp with time zone", "Time of the response, as stated; none: no response yet"),
        Column("verdict", "text", "accepted, partly_accepted or rejected; none: no response yet"),
        Column("days", "numeric", "Days from delivery to response, to one decimal; none: no response yet"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, r.team_id, r.challenge_id, r.organisation_id,
               r.key as recommendation_id, r.presented_version::integer as version, d.at as delivered_at,
               r.response_due_at as due_at, a.responded_at, r.response->>'verdict' as verdict,
               round(extract(epoch from a.responded_at - d.at) / 86400, 1) as days,
               array_remove(array[r.organisation_id], null) as audience
        from {recommendations} r
        join {programmes} p on p.key = r.programme_id
        cross join lateral (select (r.response->>'responded_at')::timestamptz as responded_at) a
        left join lateral (
          select max((h->>'delivered_at')::timestamptz) as at
          from {advice}, jsonb_array_elements(handed_over) h, jsonb_array_elements(h->'recommendations') one
          where key = r.team_id and one->>'recommendation_id' = r.key and (one->>'version')::bigint = r.presented_version
        ) d on true
        where r.response_due_at is not null
        """,
        RECOMMENDATIONS,
        PROGRAMMES,
        ADVICE,
    ),
)

COMMITMENTS_KEPT = Report(
    "commitments_kept",
    "One row per commitment.",
    ("programme_id", "commitment_id"),
    (
        *PROGRAMME,
        TEAM,
        CHALLENGE,
        Column("organisation_id", "text", "The organisation that made it"),
        Column("recommendation_id", "text", "The recommendation"),
        Column("commitment_id", "text", "The commitment"),
        Column("status", "text", "open, kept, not_kept or released"),
        Column("made_at", "timestamp with time zone", "Time at which it was made, as stated"),
        Column("first_due_on", "date", "First due date"),
        Column("due_on", "date", "Present due date"),
        Column("moves", "integer", "Number of changes of the due date"),
        Column("settled_at", "timestamp with time zone", "Time at which it was settled, as stated; none: it is open"),
        Column("days_late", "integer", "Days between the due date and settlement; negative: settled early"),
    ),
    ViewQuery(
        """
        select p.key as programme_id, p.name as programme, p.edition, c.team_id, c.challenge_id, c.organisation_id,
               c.recommendation_id, c.key as commitment_id, c.status, c.made_at,
               (c.due_dates->0->>'due_on')::date as first_due_on, c.due_on, jsonb_array_length(c.due_dates) - 1 as moves,
               c.settled_at,
               (c.settled_at at time zone p.timezone)::date - c.due_on as days_late,
               array_remove(array[c.organisation_id], null) as audience
        from {commitments} c
        join {programmes} p on p.key = c.programme_id
        """,
        COMMITMENTS,
        PROGRAMMES,
    ),
)

REPORTS: tuple[Report, ...] = (
    PARTICIPATION,
    TURNOUT,
    ATTENDANCE,
    PHASES,
    PREFERENCES_MET,
    TRIP_COSTS,
    EVIDENCE,
    RESPONSE_TIMES,
    COMMITMENTS_KEPT,
)
"""All reports."""
