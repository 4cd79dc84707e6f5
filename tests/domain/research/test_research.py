"""Research and stakeholders, rule by rule."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.events.advice import RecommendationFormulated
from domain.events.challenge import ChallengeRecommissioned
from domain.events.research import ConsentGiven, ConsentWithdrawn, InterviewHeld
from domain.events.sharing import Circle
from domain.events.stakeholders import StakeholderPlaced
from domain.foundation import (
    AnyId,
    AsIs,
    Command,
    Event,
    InsightId,
    InterviewId,
    NotAllowed,
    NotFound,
    Personal,
    Refusal,
    SourceId,
    StakeholderId,
    Words,
)
from domain.research.consent import SetConsent
from domain.research.research import (
    HoldInterview,
    InterviewOver,
    LogSource,
    NotOfTheTeam,
    PlanInterview,
    ShareInsight,
)
from domain.research.stakeholders import IdentifyStakeholder, PlaceStakeholder
from domain.spanning.sharing import (
    NobodyToShareWith,
    NotForCommissioners,
    NotSharedAlone,
    ShareWork,
    WorkReader,
)
from domain.timing import NotBegun
from tests.domain.examples import team as t
from tests.domain.examples.advice import VISIT
from tests.domain.examples.deciding import decide

INTERVIEW, INSIGHT = InterviewId(t.id_of("interview", 1)), InsightId(t.id_of("insight", 1))
STAKEHOLDER = StakeholderId(t.id_of("stakeholder", 1))


def planned() -> list[Event]:
    new = PlanInterview(
        INTERVIEW, team=t.TEAM, who=Personal("X"), role=Words("Lector"), sector="knowledge", by=t.BY_ANNA
    )
    return t.execute(t.EVERYBODY, new)


def held() -> list[Event]:
    return t.execute(planned(), HoldInterview(INTERVIEW, findings=Words("Koppel ze"), by=t.BY_BERT))


@pytest.mark.parametrize(("ahead", "begun"), [(0, True), (1, True), (2, False)])
def test_rule_29_an_interview_is_held_once_its_day_has_begun_in_some_time_zone(ahead: int, begun: bool) -> None:
    """At 12:00 UTC the next day has begun in UTC+14."""
    on = t.BY_ANNA.at.date() + timedelta(days=ahead)
    new = PlanInterview(
        INTERVIEW, team=t.TEAM, who=Personal("X"), role=Words("Lector"), sector="knowledge", on=on, by=t.BY_ANNA
    )
    hold, history = HoldInterview(INTERVIEW, findings=Words("Koppel ze"), by=t.BY_BERT), t.execute(t.EVERYBODY, new)
    if begun:
        assert decide(hold, *t.selected(hold, history))
    else:
        refused(history, hold, NotBegun)


def refused(history: list[Event], command: Command, refusal: type[Refusal], field: str | None = None) -> None:
    with pytest.raises(refusal) as raised:
        decide(command, *t.selected(command, history))
    assert raised.value.field == field


def test_only_a_member_logs_a_source() -> None:
    new = SourceId(t.id_of("source", 2))
    assert t.execute(t.EVERYBODY, LogSource(new, team=t.TEAM, csl=Words("{}"), by=t.BY_ANNA))[-1].tags() == [
        new,
        t.TEAM,
        t.PROGRAMME,
    ]
    for by in (t.BY_OTTO, t.BY_GUIDE, t.BY_BANKER):
        refused(t.EVERYBODY, LogSource(new, team=t.TEAM, csl=Words("{}"), by=by), NotAllowed)
    refused(t.EVERYBODY, LogSource(new, team=t.OTHER_TEAM, csl=Words("{}"), by=t.BY_ANNA), NotFound)


def test_an_interview_is_held_once_and_only_the_team_and_facilitators_know_of_it() -> None:
    event = held()[-1]
    assert isinstance(event, InterviewHeld)
    assert event.sector == "knowledge"
    refused(held(), HoldInterview(INTERVIEW, findings=Words("x"), by=t.BY_ANNA), InterviewOver)
    refused(planned(), HoldInterview(INTERVIEW, findings=Words("x"), by=t.BY_GUIDE), NotAllowed)
    for by in (t.BY_OTTO, t.BY_BANKER):
        refused(planned(), HoldInterview(INTERVIEW, findings=Words("x"), by=by), NotFound)


def test_rule_20_withdrawn_consent_names_the_recommendations_citing_the_interview() -> None:
    cited = next(one for one in t.drafted() if isinstance(one, RecommendationFormulated))
    history = [*held(), replace(cited, evidence=(AnyId(INTERVIEW),))]
    withdrawn = t.execute(history, SetConsent(INTERVIEW, scope=None, by=t.BY_ANNA))
    assert withdrawn[-1] == ConsentWithdrawn(
        interview=INTERVIEW,
        recommendations=(t.RECOMMENDATION,),
        team=t.TEAM,
        programme=t.PROGRAMME,
        scope="background",
    )
    assert t.RECOMMENDATION in withdrawn[-1].tags()
    refused(withdrawn, SetConsent(INTERVIEW, scope=None, by=t.BY_ANNA), AsIs)
    given = t.execute(withdrawn, SetConsent(INTERVIEW, scope="named_quote", by=t.BY_ANNA))[-1]
    assert isinstance(given, ConsentGiven)
    assert given.scope == "named_quote"


def test_an_insight_is_about_the_teams_own_work() -> None:
    share = ShareInsight(INSIGHT, team=t.TEAM, text=Words("x"), about=AnyId(INTERVIEW), by=t.BY_ANNA)
    assert len(t.execute(held(), share)) == len(held()) + 1
    unknown = ShareInsight(INSIGHT, team=t.TEAM, text=Words("x"), about=AnyId(t.SOURCE), by=t.BY_ANNA)
    refused(held(), unknown, NotOfTheTeam, "about")


def test_a_stakeholder_is_placed_by_the_team_and_never_shared_with_the_commissioner() -> None:
    new = IdentifyStakeholder(STAKEHOLDER, team=t.TEAM, name=Personal("Wethouder"), by=t.BY_ANNA)
    history = t.execute(t.EVERYBODY, new)
    place = PlaceStakeholder(STAKEHOLDER, power=5, interest=1, stance=-2, desired_stance=2, by=t.BY_BERT)
    placed = t.execute(history, place)[-1]
    assert isinstance(placed, StakeholderPlaced)
    assert not [one for one in placed.tags() if one.startswith("to:")]
    hidden = PlaceStakeholder(STAKEHOLDER, power=5, interest=1, stance=-2, desired_stance=2, by=t.BY_BANKER)
    refused(history, hidden, NotFound)
    share = ShareWork(AnyId(STAKEHOLDER), team=t.TEAM, circle="commissioner", by=t.BY_ANNA)
    refused(history, share, NotForCommissioners, "with")


def test_only_work_shared_with_the_commissioner_is_visible_to_it() -> None:
    def share(circle: Circle) -> ShareWork:
        return ShareWork(AnyId(INTERVIEW), team=t.TEAM, circle=circle, by=t.BY_ANNA)

    inside = t.execute(held(), share("programme"))
    assert inside[-1].tags() == [INTERVIEW, t.TEAM, t.PROGRAMME]
    assert f"to:{t.BANK}" in t.execute(inside, share("commissioner"))[-1].tags()
    refused(inside, share("programme"), AsIs)


def test_a_team_in_the_public_interest_has_no_commissioner_to_share_with() -> None:
    history = [replace(one, organisation=None) if one == t.FORMED else one for one in held()]
    share = ShareWork(AnyId(INTERVIEW), team=t.TEAM, circle="commissioner", by=t.BY_ANNA)
    refused(history, share, NobodyToShareWith, "with")


@pytest.mark.parametrize(
    ("by", "reads_all"),
    [(t.BY_ANNA, True), (t.BY_GUIDE, True), (t.BY_OTTO, False), (t.BY_BANKER, False)],
)
def test_members_and_facilitators_read_a_teams_work_in_full(by: t.Caller, reads_all: bool) -> None:
    reader = WorkReader(t.TEAM, by=by)
    reader.load(t.selected(reader, t.EVERYBODY))
    assert reader.reads_all == reads_all


def test_rule_22_work_shared_with_one_commissioner_is_shared_again_with_the_next() -> None:
    share = ShareWork(AnyId(INTERVIEW), team=t.TEAM, circle="commissioner", by=t.BY_ANNA)
    goes_on = ChallengeRecommissioned(
        challenge=t.CHALLENGE, programme=t.PROGRAMME, organisation=t.CLINIC, previous=t.BANK, teams=(t.TEAM,)
    )
    again = ShareWork(AnyId(INTERVIEW), team=t.TEAM, circle="commissioner", by=t.BY_ANNA)
    assert f"to:{t.CLINIC}" in t.execute([*t.execute(held(), share), goes_on], again)[-1].tags()


def test_a_visit_cannot_be_shared_without_its_trip() -> None:
    share = ShareWork(AnyId(VISIT.item), team=t.TEAM, circle="programme", by=t.BY_ANNA)
    refused([*t.EVERYBODY, VISIT], share, NotSharedAlone, "item_id")
