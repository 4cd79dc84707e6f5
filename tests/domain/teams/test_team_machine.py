"""State machine of memberships in CoPs: any actor, in any order (rules 10 and 22)."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.events.people import PersonRegistered
from domain.events.programme import Policies, ProgrammeConcluded, ProgrammeOpened
from domain.events.roles import FacilitatorAssigned, ManagerAppointed, ParticipantEnrolled
from domain.events.team import TeamFormed
from domain.foundation import (
    Caller,
    ChallengeId,
    Code,
    Command,
    Event,
    Label,
    OrganisationId,
    Personal,
    PersonId,
    TeamId,
    ZoneName,
)
from domain.spanning.concluding import ConcludeProgramme
from domain.teams.enrolment import EnrolParticipant, WithdrawParticipant
from domain.teams.membership import (
    AddMember,
    DissolveTeam,
    GrantWaiver,
    LeaveTeam,
    MergeTeams,
    TransferMember,
)
from domain.teams.team import TeamRights
from projections.teams import ENDED, TEAMS, Team
from projections.view import EventMetadata, fold_events
from tests.domain.examples.deciding import NOW, caller
from tests.domain.examples.state_machine import SETTINGS, MemoryLog
from tests.domain.examples.team import PROGRAMME, id_of

PEOPLE = [PersonId(id_of("person", number)) for number in range(1, 13)]
GUIDE, MANAGER = PersonId(id_of("person", 31)), PersonId(id_of("person", 32))
TEAMS_THERE = [TeamId(id_of("team", number)) for number in range(1, 5)]
BANK = OrganisationId(id_of("organisation", 1))
LEAST, MOST = 3, 5
BEGINNING: list[Event] = [
    ProgrammeOpened(
        programme=PROGRAMME,
        name=Label("Leergang"),
        edition=Label("2016"),
        timezone=ZoneName("Europe/Amsterdam"),
        languages=(Code("nl"),),
        starts_on=None,
        ends_on=None,
        policies=Policies(min_team=LEAST, max_team=MOST),
    ),
    ManagerAppointed(programme=PROGRAMME, person=MANAGER),
    FacilitatorAssigned(programme=PROGRAMME, person=GUIDE),
    *(
        PersonRegistered(person=one, name=Personal("A"), email=Personal("a@example.org"), language=Code("nl"))
        for one in PEOPLE
    ),
    *(ParticipantEnrolled(programme=PROGRAMME, person=one, organisation=None) for one in PEOPLE[:11]),
    *(
        TeamFormed(
            team=team,
            programme=PROGRAMME,
            challenge=ChallengeId(id_of("challenge", number + 1)),
            organisation=BANK,
            number=1,
            members=tuple(PEOPLE[3 * number : 3 * number + 3]),
        )
        for number, team in enumerate(TEAMS_THERE[:3])
    ),
]

people = st.sampled_from(PEOPLE)
teams = st.sampled_from(TEAMS_THERE)
reasons = st.sampled_from([None, "Andere baan"])
actors = st.sampled_from([("facilitator", GUIDE), ("manager", MANAGER), *(("participant", one) for one in PEOPLE[:4])])


class Teams(RuleBasedStateMachine):
    """Late joiners, departures, transfers, mergers, dissolutions, waivers and withdrawals, by any actor."""

    def __init__(self) -> None:
        super().__init__()
        self.log = MemoryLog(NOW, *BEGINNING)
        self.ended: dict[TeamId, Team] = {}

    def by(self, actor: tuple[str, PersonId], reason: str | None) -> Caller:
        role, person = actor
        return caller(role, person, reason=reason, at=self.log.now)  # pyright: ignore[reportArgumentType]  a role of a token

    def attempt(self, command: Command) -> bool:
        """Execute the command; return whether it was accepted. A refusal records nothing."""
        before = len(self.log.recorded)
        refused = self.log.refusal(command)
        assert (refused is None) == (len(self.log.recorded) > before)
        return refused is None

    @rule(actor=actors, reason=reasons, person=people, team=teams)
    def somebody_joins(self, actor: tuple[str, PersonId], reason: str | None, person: PersonId, team: TeamId) -> None:
        done = self.attempt(AddMember(team, programme=PROGRAMME, person=person, by=self.by(actor, reason)))
        if done and reason is None:  # rule 10
            assert len(self.rows()[team].members) <= MOST

    @rule(actor=actors, reason=reasons, person=people, team=teams)
    def somebody_leaves(self, actor: tuple[str, PersonId], reason: str | None, person: PersonId, team: TeamId) -> None:
        self.attempt(LeaveTeam(team, programme=PROGRAMME, person=person, by=self.by(actor, reason)))

    @rule(actor=actors, reason=reasons, person=people, team=teams, to=teams)
    def somebody_moves(
        self, actor: tuple[str, PersonId], reason: str | None, person: PersonId, team: TeamId, to: TeamId
    ) -> None:
        by = self.by(actor, reason)
        self.attempt(TransferMember(team, programme=PROGRAMME, person=person, to_team=to, by=by))

    @rule(actor=actors, reason=reasons, team=teams, into=teams)
    def teams_merge(self, actor: tuple[str, PersonId], reason: str | None, team: TeamId, into: TeamId) -> None:
        self.attempt(MergeTeams(team, programme=PROGRAMME, into=into, by=self.by(actor, reason)))

    @rule(actor=actors, reason=reasons, team=teams)
    def a_team_ends(self, actor: tuple[str, PersonId], reason: str | None, team: TeamId) -> None:
        self.attempt(DissolveTeam(team, programme=PROGRAMME, by=self.by(actor, reason)))

    @rule(actor=actors, reason=reasons, team=teams, days=st.integers(-2, 30))
    def a_team_may_be_small(self, actor: tuple[str, PersonId], reason: str | None, team: TeamId, days: int) -> None:
        until: date = self.log.now.date() + timedelta(days=days)
        self.attempt(GrantWaiver(team, programme=PROGRAMME, until=until, by=self.by(actor, reason)))

    @precondition(lambda self: not self.log.of(ProgrammeConcluded))  # a later withdrawal still leaves the CoP
    @rule(actor=actors, reason=reasons, person=people)
    def a_participant_withdraws(self, actor: tuple[str, PersonId], reason: str | None, person: PersonId) -> None:
        self.attempt(WithdrawParticipant(PROGRAMME, person=person, by=self.by(actor, reason)))

    @rule(actor=actors, person=people)
    def a_participant_comes_back(self, actor: tuple[str, PersonId], person: PersonId) -> None:
        self.attempt(EnrolParticipant(PROGRAMME, person=person, organisation=None, by=self.by(actor, None)))

    @precondition(lambda self: len(self.log.recorded) > len(BEGINNING) + 15)  # most runs continue
    @rule(actor=actors, reason=reasons)
    def the_programme_ends(self, actor: tuple[str, PersonId], reason: str | None) -> None:
        self.attempt(ConcludeProgramme(PROGRAMME, by=self.by(actor, reason)))

    # Invariants

    def rows(self) -> dict[str, Team]:
        history = [(one.event, EventMetadata(one.position, one.at)) for one in self.log.recorded]
        return fold_events(TEAMS, history)

    @invariant()
    def rule_10_nobody_is_in_two_cops(self) -> None:
        going_on = [row for row in self.rows().values() if row.status not in ENDED]
        placed = [person for row in going_on for person in row.members]
        assert len(placed) == len(set(placed))

    @invariant()
    def members_take_part(self) -> None:
        rights = TeamRights(caller("manager", MANAGER)).load(one.event for one in self.log.recorded)
        here = {person for person, programme in rights.participants if programme == PROGRAMME}
        for row in self.rows().values():
            assert row.status in ENDED or set(row.members) <= here

    @invariant()
    def an_ended_team_does_not_change(self) -> None:
        for key, row in self.rows().items():
            if row.status in ENDED:
                assert self.ended.setdefault(TeamId(key), row) == row

    @invariant()
    def the_view_agrees_with_the_state_of_commands(self) -> None:
        known = TeamRights(caller("manager", MANAGER)).load(one.event for one in self.log.recorded)
        for key, row in self.rows().items():
            over = row.status in {"merged", "dissolved"}
            now: set[PersonId] = set() if over else set(row.members)
            assert known.teams.members[TeamId(key)] == now
            assert known.teams.former_members.get(TeamId(key), set()) == set(row.former)
            assert (TeamId(key) in known.teams.ended) == over
            assert not set(row.former) & now

    @invariant()
    def the_events_of_a_person_suffice_for_their_own_teams(self) -> None:
        rows = self.rows()
        for person in PEOPLE:
            rights = TeamRights(caller("participant", person))
            rights.load(one.event for one in self.log.read(*rights.consistency_boundary()))
            for key, row in rows.items():
                over = row.status in {"merged", "dissolved"}
                here = rights.participates(PROGRAMME)
                assert rights.member_of(TeamId(key)) == (not over and person in row.members)
                assert rights.was_last_member(TeamId(key)) == (over and here and person in row.members)
                assert rights.is_former_member(TeamId(key)) == (here and person in row.former)


Teams.TestCase.settings = SETTINGS
TestTeams = Teams.TestCase
