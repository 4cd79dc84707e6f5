"""The advice from draft to delivery, rule by rule."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.advice.advice import FormulateRecommendation, OneAddressee, Outdated
from domain.advice.presenting import (
    TIME_TO_ANSWER,
    DeliverAdvice,
    DissentInWords,
    Incomplete,
    JudgeAdvice,
    NoCommissioner,
    NotEveryoneAnswered,
    NothingDrafted,
    NotPresented,
    OtherVersion,
    Presented,
    Stale,
)
from domain.events.advice import (
    Addressee,
    AnswerDrafted,
    Basis,
    GuidingQuestionFixed,
    ProblemStatementRevised,
    RecommendationFormulated,
)
from domain.events.itinerary import ItineraryItemRemoved
from domain.events.presentation import AdviceDelivered, AdvicePresented, ApprovedByMember, Dissented
from domain.events.research import ConsentWithdrawn, InterviewHeld, InterviewPlanned
from domain.events.roles import ContactEnded, ParticipantEnrolled, ParticipantWithdrew
from domain.events.team import MemberJoined, MemberLeft
from domain.foundation import (
    AnyId,
    AsIs,
    Command,
    Event,
    NotAllowed,
    NotFound,
    OrganisationId,
    Personal,
    ProgrammeId,
    Refusal,
    SourceId,
    StakeholderId,
    Words,
)
from domain.people.people import UnknownOrganisation, UnknownPerson
from domain.research.evidence import EvidenceMissing, NoConsent, NotEvidence
from domain.research.research import NotOfTheTeam
from tests.domain.examples import team as t
from tests.domain.examples.advice import INTERVIEW, ITEM, REGION, VISIT, revision
from tests.domain.examples.deciding import NOW, decide

PLANNED = InterviewPlanned(
    interview=INTERVIEW,
    team=t.TEAM,
    programme=t.PROGRAMME,
    who=Personal("X"),
    role=Words("Lector"),
    sector="knowledge",
    on=None,
)
HELD = InterviewHeld(interview=INTERVIEW, team=t.TEAM, programme=t.PROGRAMME, sector="knowledge", findings=Words("x"))
WITHDRAWN = ConsentWithdrawn(
    interview=INTERVIEW, recommendations=(), team=t.TEAM, programme=t.PROGRAMME, scope="background"
)


def refused(history: list[Event], command: Command, refusal: type[Refusal], field: str | None = None) -> Refusal:
    with pytest.raises(refusal) as raised:
        decide(command, *t.selected(command, history))
    assert raised.value.field == field
    return raised.value


def formulation(*evidence: str, addressee: Addressee = REGION) -> FormulateRecommendation:
    ids = tuple(AnyId(one) for one in evidence)
    return FormulateRecommendation(
        t.RECOMMENDATION, team=t.TEAM, text=Words("r"), evidence=ids, addressee=addressee, by=t.BY_ANNA
    )


def test_rule_16_a_revision_names_the_version_it_is_based_on() -> None:
    history = t.problem(t.problem(t.EVERYBODY))
    latest = history[-1]
    assert isinstance(latest, ProblemStatementRevised)
    assert (latest.version, latest.advice_version) == (2, 2)
    with pytest.raises(Outdated) as raised:
        t.problem(history, based_on=1)
    assert raised.value.values == {"latest": 2}
    assert len(t.problem(history, based_on=2)) == len(history) + 1


def test_rule_16_each_part_is_based_on_the_current_versions_of_those_before_it() -> None:
    history = t.drafted()
    bases = {
        type(one): one.basis
        for one in history
        if isinstance(one, (GuidingQuestionFixed, AnswerDrafted, RecommendationFormulated))
    }
    assert bases == {
        GuidingQuestionFixed: Basis(1, 0, 0),
        AnswerDrafted: Basis(1, 1, 0),
        RecommendationFormulated: Basis(1, 1, 1),
    }


def test_rule_16_a_revision_is_tagged_with_the_recommendations_based_on_it() -> None:
    assert t.RECOMMENDATION in t.problem(t.drafted())[-1].tags()


@pytest.mark.parametrize(
    ("events", "id_"),
    [
        pytest.param([t.LOGGED], t.SOURCE, id="a source"),
        pytest.param([PLANNED, HELD], INTERVIEW, id="an interview"),
        pytest.param([VISIT], ITEM, id="a visit"),
    ],
)
def test_rule_17_a_recommendation_cites_evidence_of_its_team(events: list[Event], id_: str) -> None:
    assert id_ in t.execute([*t.EVERYBODY, *events], formulation(id_))[-1].tags()
    elsewhere = [replace(one, team=t.OTHER_TEAM) for one in events]  # pyright: ignore[reportCallIssue]  each has a team
    refused([*t.EVERYBODY, *elsewhere], formulation(id_), NotEvidence, "evidence.0")


def test_rule_17_the_refusal_names_the_id_that_is_not_evidence() -> None:
    refused([*t.EVERYBODY, t.LOGGED], formulation(t.SOURCE, SourceId(t.id_of("source", 9))), NotEvidence, "evidence.1")
    refused([*t.EVERYBODY, PLANNED], formulation(INTERVIEW), NotEvidence, "evidence.0")


def test_rule_17_a_recommendation_without_evidence_is_refused() -> None:
    refused(t.EVERYBODY, formulation(), EvidenceMissing, "evidence")


def test_rule_17_a_visit_removed_from_the_itinerary_is_not_evidence() -> None:
    removed = ItineraryItemRemoved(item=ITEM, trip=VISIT.trip, team=t.TEAM, programme=t.PROGRAMME, member=t.ANNA)
    refused([*t.EVERYBODY, VISIT, removed], formulation(ITEM), NotEvidence, "evidence.0")


def test_rule_20_an_interview_with_withdrawn_consent_cannot_be_cited() -> None:
    refused([*t.EVERYBODY, PLANNED, HELD, WITHDRAWN], formulation(INTERVIEW), NoConsent, "evidence.0")


@pytest.mark.parametrize(
    ("addressee", "refusal", "field"),
    [
        (Addressee(), OneAddressee, "addressee"),
        (Addressee(organisation=t.BANK, name=Words("x")), OneAddressee, "addressee"),
        (
            Addressee(organisation=OrganisationId(t.id_of("organisation", 9))),
            UnknownOrganisation,
            "addressee.organisation_id",
        ),
        (Addressee(stakeholder=StakeholderId(t.id_of("stakeholder", 9))), NotOfTheTeam, "addressee.stakeholder_id"),
    ],
)
def test_rule_17_a_recommendation_names_one_addressee(addressee: Addressee, refusal: type[Refusal], field: str) -> None:
    refused([*t.EVERYBODY, t.LOGGED], formulation(t.SOURCE, addressee=addressee), refusal, field)


def test_a_team_revises_the_latest_version_of_its_recommendation() -> None:
    revised = t.execute(t.drafted(), revision(1))[-1]
    assert isinstance(revised, RecommendationFormulated)
    assert revised.version == 2
    refused(t.drafted(), revision(2), Outdated, "based_on")
    refused([*t.EVERYBODY, t.LOGGED], revision(), NotFound)
    refused(t.drafted(), revision(by=t.BY_OTTO), NotFound)
    refused(t.drafted(), revision(by=t.BY_GUIDE), NotAllowed)


def test_rule_18_every_active_member_approves_or_dissents_in_words() -> None:
    refused(t.EVERYBODY, JudgeAdvice(t.TEAM, verdict="approve", by=t.BY_ANNA), NothingDrafted)
    refused(t.drafted(), JudgeAdvice(t.TEAM, verdict="dissent", by=t.BY_ANNA), DissentInWords, "text")
    refused(t.drafted(), JudgeAdvice(t.TEAM, verdict="approve", by=t.BY_GUIDE), NotAllowed)
    history = t.judge(t.judge(t.drafted(), t.BY_ANNA), t.BY_BERT, "Te weinig")
    assert isinstance(history[-2], ApprovedByMember)
    assert isinstance(history[-1], Dissented)
    refused(history, JudgeAdvice(t.TEAM, verdict="approve", by=t.BY_ANNA), AsIs)
    waiting = refused(history, t.presentation(dissents={t.BERT: "Te weinig"}), NotEveryoneAnswered)
    assert waiting.values == {"missing": 1}
    presented = t.execute(t.judge(history, t.BY_CORA), t.presentation(dissents={t.BERT: "Te weinig"}))[-1]
    assert isinstance(presented, AdvicePresented)
    assert presented.dissenters == (t.BERT,)


def test_advice_of_a_team_in_another_programme_is_not_found() -> None:
    elsewhere = replace(t.FORMED, programme=ProgrammeId(t.id_of("programme", 9)))
    there = [elsewhere if one == t.FORMED else one for one in t.drafted()]
    in_both = [*there, ParticipantEnrolled(programme=elsewhere.programme, person=t.ANNA, organisation=None)]
    refused(in_both, t.presentation(), NotFound)


def test_rule_18_members_asked_seven_days_ago_do_not_block_the_presentation() -> None:
    history = t.judge(t.drafted(), t.BY_ANNA)
    refused(history, t.presentation(at=NOW + TIME_TO_ANSWER - timedelta(seconds=1)), NotEveryoneAnswered)
    present = t.presentation(at=NOW + TIME_TO_ANSWER)
    t.execute(history, present)
    assert present.not_before == NOW + TIME_TO_ANSWER
    refused(t.drafted(), t.presentation(at=NOW + TIME_TO_ANSWER), NotEveryoneAnswered)


def test_rule_18_a_member_who_joined_after_the_others_were_asked_must_answer() -> None:
    joined = MemberJoined(team=t.TEAM, programme=t.PROGRAMME, organisation=t.BANK, person=t.OTTO)
    history = [*t.judge(t.drafted(), t.BY_ANNA), joined]
    late = t.presentation(at=NOW + TIME_TO_ANSWER)
    assert refused(history, late, NotEveryoneAnswered).values == {"missing": 3}
    agreed = t.judge(history, t.BY_OTTO)
    assert isinstance(t.execute(agreed, t.presentation(at=NOW + TIME_TO_ANSWER))[-1], AdvicePresented)
    before = t.judge([*t.drafted(), joined], t.BY_ANNA)
    assert isinstance(t.execute(before, t.presentation(at=NOW + TIME_TO_ANSWER))[-1], AdvicePresented)


def test_rule_18_a_member_who_left_need_not_answer_and_their_dissent_stays() -> None:
    left = MemberLeft(team=t.TEAM, programme=t.PROGRAMME, organisation=t.BANK, person=t.CORA)
    history = [*t.judge(t.judge(t.drafted(), t.BY_ANNA), t.BY_BERT), left]
    assert isinstance(t.execute(history, t.presentation())[-1], AdvicePresented)
    dissented = [*t.judge(t.judge(t.judge(t.drafted(), t.BY_CORA, "Nee"), t.BY_ANNA), t.BY_BERT), left]
    presented = t.execute(dissented, t.presentation(dissents={t.CORA: "Nee"}))[-1]
    assert isinstance(presented, AdvicePresented)
    assert presented.dissenters == (t.CORA,)


def test_rule_18_a_member_who_left_the_programme_need_not_answer() -> None:
    history = t.judge(t.judge(t.drafted(), t.BY_ANNA), t.BY_BERT)
    left = ParticipantWithdrew(programme=t.PROGRAMME, person=t.CORA, organisation=None)
    assert isinstance(t.execute([*history, left], t.presentation())[-1], AdvicePresented)


def test_rule_18_a_change_makes_a_new_version_without_approvals() -> None:
    history = t.judge(t.judge(t.judge(t.drafted(), t.BY_ANNA), t.BY_BERT), t.BY_CORA)
    changed = t.execute(history, revision(1))
    refused(changed, t.presentation(version=5), NotEveryoneAnswered)
    again = t.judge(t.judge(t.judge(changed, t.BY_ANNA), t.BY_BERT), t.BY_CORA)
    refused(again, t.presentation(version=4), OtherVersion)
    assert isinstance(t.execute(again, t.presentation(version=5))[-1], AdvicePresented)


def test_the_document_must_contain_the_current_dissent() -> None:
    history = t.judge(t.judge(t.judge(t.drafted(), t.BY_ANNA), t.BY_BERT, "Nee"), t.BY_CORA)
    refused(history, t.presentation(), OtherVersion)


@pytest.mark.parametrize(
    ("history", "refusal", "part"),
    [
        pytest.param(t.question(t.problem(t.EVERYBODY)), Incomplete, "answer", id="without an answer"),
        pytest.param(
            t.answer(t.question(t.problem(t.EVERYBODY))), Incomplete, "recommendation", id="nothing recommended"
        ),
        pytest.param(t.problem(t.drafted()), Stale, "guiding_question", id="the question is stale"),
        pytest.param(t.answer(t.drafted()), Stale, t.RECOMMENDATION, id="a recommendation is stale"),
    ],
)
def test_rule_16_only_complete_advice_that_is_not_stale_is_presented(
    history: list[Event], refusal: type[Refusal], part: str
) -> None:
    assert refused(history, t.presentation(), refusal).values == {"part": part}


def test_presented_advice_cannot_change() -> None:
    presented = t.presented()[-1]
    assert isinstance(presented, AdvicePresented)
    assert (presented.parts, presented.version) == (Basis(1, 1, 1), 4)
    assert {t.RECOMMENDATION, t.TEAM, t.CHALLENGE, f"to:{t.BANK}"} <= set(presented.tags())
    refused(t.presented(), t.presentation(), Presented)
    refused(t.presented(), JudgeAdvice(t.TEAM, verdict="dissent", text=Words("Toch"), by=t.BY_ANNA), Presented)


def test_rule_18_only_presented_advice_is_delivered_and_only_to_a_commissioner() -> None:
    delivered = t.delivered()[-1]
    assert isinstance(delivered, AdviceDelivered)
    assert (delivered.version, delivered.response_weeks, delivered.document_hash) == (4, 4, "A" * 43)

    def delivery(*to: t.PersonId) -> DeliverAdvice:
        return DeliverAdvice(t.TEAM, programme=t.PROGRAMME, to=to, by=t.BY_ANNA)

    refused(t.drafted(), delivery(t.BANKER), NotPresented)
    refused(t.execute(t.presented(), revision(1)), delivery(t.BANKER), NotPresented)
    refused(t.delivered(), delivery(t.BANKER), AsIs)
    refused(t.presented(), delivery(t.BERT), UnknownPerson, "to.0")
    ended = ContactEnded(contact=t.ContactId(t.id_of("contact", 1)), organisation=t.BANK, person=t.BANKER)
    refused([*t.presented(), ended], delivery(t.BANKER), NoCommissioner, "to")


def test_rule_18_a_reworded_dissent_replaces_the_previous_one() -> None:
    history = t.judge(t.judge(t.judge(t.drafted(), t.BY_ANNA), t.BY_BERT, "Nee"), t.BY_CORA)
    again = t.judge(history, t.BY_BERT, "Liever niet")
    refused(again, t.presentation(dissents={t.BERT: "Nee"}), OtherVersion)
    assert isinstance(t.execute(again, t.presentation(dissents={t.BERT: "Liever niet"}))[-1], AdvicePresented)
    approved = t.judge(again, t.BY_BERT)
    refused(approved, t.presentation(dissents={t.BERT: "Liever niet"}), OtherVersion)
    refused(approved, JudgeAdvice(t.TEAM, verdict="approve", by=t.BY_BERT), AsIs)
    assert isinstance(t.execute(approved, t.presentation())[-1], AdvicePresented)
