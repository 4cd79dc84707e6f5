"""The eight phases of a programme and of a CoP, which pages show as a ring. Derived from other views; nothing is stored."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from domain.foundation import TeamId, Text
from projections.advice import ADVICE
from projections.ballots import BALLOTS
from projections.challenges import CHALLENGES
from projections.gatherings import GATHERINGS
from projections.programmes import PROGRAMMES
from projections.query import ViewQuery
from projections.recommendations import RECOMMENDATIONS
from projections.research import INSIGHTS, INTERVIEWS, SOURCES, STAKEHOLDERS
from projections.teams import ENDED, TEAMS, Stage
from projections.trips import TRIPS
from projections.view import ids

PhaseState = Literal["done", "now", "next"]
Phases = tuple[PhaseState, ...]
"""The states of the eight phases, in the order of `NAMES`."""

NAMES: tuple[Text, ...] = (
    Text(en="challenges", nl="vraagstukken"),
    Text(en="choice", nl="keuze"),
    Text(en="teams", nl="teams"),
    Text(en="sessions", nl="sessies"),
    Text(en="study trip", nl="studiereis"),
    Text(en="research", nl="onderzoek"),
    Text(en="advice", nl="advies"),
    Text(en="follow-up", nl="vervolg"),
)
NONE: Phases = ("next",) * 8
FORMED: Phases = ("done",) * 3
"""The phases that a CoP has behind it when it is formed: challenges, choice, teams."""
MAX_TEAMS = 1_000


class Reached(Struct, frozen=True, kw_only=True, rename=ids("team")):
    """The facts from which the phases follow: of a CoP, or, in the row without a `team`, of its programme.

    Of the programme: `status`, `choosing` (a ballot is not decided yet), `chosen` (a challenge was selected). Of a CoP: its
    `status`, `sessions_held` of the `sessions` in the policies, `trip` (planned or made), `researched` (anything was logged),
    `advising` (an answer or a recommendation is written), `presented`, `delivered`, and `settled` (every recommendation that was
    delivered is closed or was rejected).
    """

    team: TeamId | None = None
    status: Stage | Literal["open"] = "open"
    choosing: bool = False
    chosen: bool = False
    sessions: int = 0
    sessions_held: int = 0
    trip: Literal["planned", "made"] | None = None
    researched: bool = False
    advising: bool = False
    presented: bool = False
    delivered: bool = False
    settled: bool = False


REACHED = ViewQuery(
    """
    -- What a programme ($1) and each of its CoPs have reached: a row for the programme, and one for each CoP.
    with held as (
      select team, count(distinct number) as sessions from {gatherings}, unnest(held_for_team_ids) as team
      where programme_id = $1 and kind = 'session' and status = 'held' group by team
    ), travelled as (
      select team_id, case when bool_or(status = 'completed') then 'made' else 'planned' end as trip from {trips}
      where programme_id = $1 and status <> 'cancelled' group by team_id
    ), researched as (
      select team_id from {sources} where programme_id = $1 union select team_id from {interviews} where programme_id = $1
      union select team_id from {insights} where programme_id = $1
      union select team_id from {stakeholders} where programme_id = $1
    ), followed as (
      select team_id, bool_and(presented_version is null or closure is not null or standing = 'rejected') as settled
      from {recommendations} where programme_id = $1 group by team_id
    )
    select null as team_id, p.status,
      exists (select from {ballots} where programme_id = p.key and status in ('open', 'closed', 'counted')) as choosing,
      exists (
        select from {challenges} where programme_id = p.key and status in ('selected', 'in_progress', 'advised', 'closed')
      ) as chosen,
      (p.policies->>'sessions')::int as sessions, 0 as sessions_held, null as trip, false as researched, false as advising,
      false as presented, false as delivered, false as settled
    from {programmes} p where p.key = $1
    union all
    select t.key, t.status, false, true, (p.policies->>'sessions')::int, coalesce(held.sessions, 0), travelled.trip,
      t.key in (select team_id from researched),
      coalesce(jsonb_array_length(a.recommendations) > 0 or a.parts->'answer' <> 'null', false),
      coalesce(jsonb_array_length(a.handed_over) > 0, false),
      t.status = 'following_up' or coalesce(a.status = 'delivered', false), coalesce(followed.settled, false)
    from {teams} t join {programmes} p on p.key = t.programme_id left join held on held.team = t.key
    left join travelled on travelled.team_id = t.key left join {advice} a on a.key = t.key
    left join followed on followed.team_id = t.key
    where t.programme_id = $1
    limit $2
    """,
    PROGRAMMES,
    CHALLENGES,
    BALLOTS,
    TEAMS,
    GATHERINGS,
    TRIPS,
    SOURCES,
    INTERVIEWS,
    INSIGHTS,
    STAKEHOLDERS,
    ADVICE,
    RECOMMENDATIONS,
)


def phases_of_team(reached: Reached) -> Phases:
    """The phases of a CoP.

    - challenges, choice, teams: done, since it was formed;
    - sessions: now from its formation, done once every session of the policies was held for it;
    - study trip: now from the first idea on, done once a trip was made;
    - research: now once a source, interview, insight or stakeholder is logged, done once an advice was presented;
    - advice: now once an answer or a recommendation is written, done once an advice was delivered;
    - follow-up: now from the delivery on, done once every recommendation that was delivered is closed or was rejected.

    Of a CoP that has ended nothing is now: what it did not finish is not shown as being done.
    """
    later = (
        _state(begun=True, finished=reached.sessions_held >= reached.sessions),
        _state(begun=reached.trip is not None, finished=reached.trip == "made"),
        _state(begun=reached.researched, finished=reached.presented or reached.delivered),
        _state(begun=reached.advising, finished=reached.delivered),
        _state(begun=reached.delivered, finished=reached.delivered and reached.settled),
    )
    return _at_rest((*FORMED, *later)) if reached.status in ENDED else (*FORMED, *later)


def phases_of_programme(programme: Reached, teams: Iterable[Reached]) -> Phases:
    """The phases of a programme.

    - challenges: now until a ballot is opened or a challenge is chosen, then done;
    - choice: now while a ballot is not decided, done once a challenge was chosen;
    - teams: now once a challenge was chosen, done once a CoP was formed;
    - the others: done if all CoPs that were not merged or dissolved have done it, now if any has begun it.

    Of a programme that was concluded nothing is now.
    """
    going = [phases_of_team(one) for one in teams if one.status not in {"merged", "dissolved"}]
    found: Phases = (
        _state(begun=True, finished=programme.choosing or programme.chosen or bool(going)),
        _state(begun=programme.choosing, finished=programme.chosen or bool(going)),
        _state(begun=programme.chosen, finished=bool(going)),
        *(_together([one[number] for one in going]) for number in range(len(FORMED), len(NAMES))),
    )
    return _at_rest(found) if programme.status == "concluded" else found


def by_team(reached: Iterable[Reached]) -> Mapping[TeamId, Phases]:
    """The phases of each CoP."""
    return {one.team: phases_of_team(one) for one in reached if one.team is not None}


def of_programme(reached: Iterable[Reached]) -> Phases:
    """The phases of the programme of these rows; none has begun if it is unknown."""
    found = list(reached)
    own = next((one for one in found if one.team is None), None)
    return NONE if own is None else phases_of_programme(own, [one for one in found if one.team is not None])


def outside(reached: Reached) -> Reached:
    """The facts as far as organisations can see them: not that research or a draft has begun, until an advice is presented."""
    hidden = not (reached.presented or reached.delivered)
    return Reached(
        team=reached.team,
        status=reached.status,
        sessions=reached.sessions,
        sessions_held=reached.sessions_held,
        trip=reached.trip,
        researched=not hidden,
        advising=not hidden,
        presented=reached.presented,
        delivered=reached.delivered,
        settled=reached.settled,
    )


def _state(*, begun: bool, finished: bool) -> PhaseState:
    return "done" if finished else "now" if begun else "next"


def _together(states: list[PhaseState]) -> PhaseState:
    if not states:
        return "next"
    return _state(begun=any(one != "next" for one in states), finished=all(one == "done" for one in states))


def _at_rest(phases: Phases) -> Phases:
    return tuple("next" if one == "now" else one for one in phases)


def in_words(phases: Phases) -> dict[PhaseState, list[Text]]:
    """The names of the phases in each state, for those who do not see the ring."""
    found: dict[PhaseState, list[Text]] = {"done": [], "now": [], "next": []}
    for name, state in zip(NAMES, phases, strict=True):
        found[state].append(name)
    return found
