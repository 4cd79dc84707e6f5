"""Recommendations that were answered, and a commitment that came of one."""

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
SAYING_WHY = replace(t.BANKER_ASKS, reason=Words("Daarom"))


def response(by: Caller = t.BANKER_ASKS, verdict: ResponseVerdict = "accepted") -> RespondToRecommendation:
    return RespondToRecommendation(t.RECOMMENDATION, verdict=verdict, by=by)


def commitment(by: Caller = t.BANKER_ASKS) -> MakeCommitment:
    return MakeCommitment(
        COMMITMENT,
        recommendation=t.RECOMMENDATION,
        text=Words("Een kwartiermaker"),
        owner=Personal("J. Jansen"),
        due_on=date(2017, 3, 1),
        by=by,
    )


def accepted() -> list[Event]:
    return t.told(t.delivered(), response())


def committed() -> list[Event]:
    return t.told(accepted(), commitment())


def moved_to_the_clinic() -> list[Event]:
    """The team goes on for another organisation, whose contact is Otto."""
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
    """The bank accepted a version; the same one is presented to the clinic, in an advice with another summary."""
    summary = DraftSummary(t.TEAM, summary=Words("s"), method=Words("m"), by=t.ANNA_ASKS)
    history = t.told([*accepted(), *moved_to_the_clinic()], summary)
    for by in (t.ANNA_ASKS, t.BERT_ASKS, t.CORA_ASKS):
        history = t.judge(history, by)
    return t.told(history, t.presentation(version=5))
