"""Answered recommendations, and a commitment on one of them."""

from datetime import date

from msgspec.structs import replace

from domain.advice.advice import DraftSummary
from domain.advice.commitment import MakeCommitment
from domain.advice.followup import RespondToRecommendation
from domain.events.challenge import ChallengeRecommissioned
from domain.events.followup import ResponseVerdict
from domain.events.people import PersonRegistered
from domain.events.roles import ContactAppointed
from domain.foundation import (
    Caller,
    Code,
    CommitmentId,
    ContactId,
    Event,
    Personal,
    Words,
)
from tests.domain.examples import team as t

COMMITMENT = CommitmentId(t.id_of("commitment", 1))
WITH_REASON = replace(t.BY_BANKER, reason=Words("Daarom"))


def response(by: Caller = t.BY_BANKER, verdict: ResponseVerdict = "accepted") -> RespondToRecommendation:
    return RespondToRecommendation(t.RECOMMENDATION, verdict=verdict, by=by)


def commitment(by: Caller = t.BY_BANKER) -> MakeCommitment:
    return MakeCommitment(
        COMMITMENT,
        recommendation=t.RECOMMENDATION,
        text=Words("Een kwartiermaker"),
        owner=Personal("J. Jansen"),
        due_on=date(2017, 3, 1),
        by=by,
    )


def accepted() -> list[Event]:
    return t.execute(t.delivered(), response())


def committed() -> list[Event]:
    return t.execute(accepted(), commitment())


def moved_to_the_clinic() -> list[Event]:
    """The challenge is recommissioned to the clinic, whose contact is Otto."""
    return [
        ContactAppointed(
            contact=ContactId(t.id_of("contact", 3)), organisation=t.CLINIC, person=t.OTTO, role=Code("commissioner")
        ),
        ChallengeRecommissioned(
            challenge=t.CHALLENGE, programme=t.PROGRAMME, organisation=t.CLINIC, previous=t.BANK, teams=(t.TEAM,)
        ),
        PersonRegistered(person=t.OTTO, name=Personal("O"), email=Personal("o@example.org"), language=Code("nl")),
    ]


def presented_to_the_clinic() -> list[Event]:
    """The bank accepts a version; then the same version is presented to the clinic, in an advice with another summary."""
    summary = DraftSummary(t.TEAM, summary=Words("s"), method=Words("m"), by=t.BY_ANNA)
    history = t.execute([*accepted(), *moved_to_the_clinic()], summary)
    for by in (t.BY_ANNA, t.BY_BERT, t.BY_CORA):
        history = t.judge(history, by)
    return t.execute(history, t.presentation(version=5))
