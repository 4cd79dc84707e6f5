"""Evidence for an advice: sources, interviews, visits and insights of the team itself (rule 17)."""

from collections.abc import Collection, Sequence

from domain.events.itinerary import ItineraryItemAdded, ItineraryItemRemoved
from domain.foundation import InterviewId, ItemId, Refusal, Selector, TeamId, Text, applies
from domain.research.research import Research

# Refusals


class NotEvidence(Refusal):
    """Rule 17: evidence is a source, interview, visit or insight of that team."""

    CODE = "not-evidence"
    STATUS = 422
    TEXT = Text(
        en="Evidence is a source, an interview that was held, a visit or an insight of this team; {id} is none of these.",
        nl="Onderbouwing is een bron, een gehouden interview, een bezoek of een inzicht van deze CoP; {id} is geen van deze.",
    )


CITABLE = ("insight_", "interview_", "item_", "source_")
"""The prefixes of the ids of evidence. The stakeholder map is not cited."""


class EvidenceMissing(Refusal):
    """Rule 17: a recommendation cites evidence."""

    CODE = "evidence-missing"
    STATUS = 422
    TEXT = Text(en="Name the evidence for this.", nl="Noem de onderbouwing hiervan.")


class NoConsent(Refusal):
    """Rule 20: an interview whose consent was withdrawn is no longer cited."""

    CODE = "no-consent"
    TEXT = Text(
        en="The person interviewed withdrew consent: {id} cannot be cited.",
        nl="De geïnterviewde heeft de toestemming ingetrokken: je kunt {id} niet aanhalen.",
    )


# Knowledge


class Evidence(Research):
    """Everything of these ids that can be evidence: research, and visits of trips."""

    def __init__(self, *ids: str, background: Sequence[Selector] = ()) -> None:
        visits = [Selector(types=[ItineraryItemAdded, ItineraryItemRemoved], tags=[one]) for one in ids]
        super().__init__(*ids, boundary=visits, background=background)

    @applies(ItineraryItemAdded)
    def _(self, item: ItemId, team: TeamId) -> None:
        self.teams[item] = team

    @applies(ItineraryItemRemoved)
    def _(self, item: ItemId) -> None:
        self.teams.pop(item, None)

    def require_evidence(self, ids: Collection[str], team: TeamId, *, field: str = "evidence") -> None:
        """Raises `EvidenceMissing` if there is none, `NotEvidence` or `NoConsent` if the team cannot cite one of these."""
        if not ids:
            raise EvidenceMissing(field=field)
        for number, one in enumerate(ids):
            at = f"{field}.{number}"
            if self.team_of(one) != team or not one.startswith(CITABLE):
                raise NotEvidence(field=at, id=one)
            if one in self.interviews.planned and self.interviews.consent[InterviewId(one)] is None:
                raise NoConsent(field=at, id=one)
            if one in self.interviews.planned and one not in self.interviews.held:
                raise NotEvidence(field=at, id=one)
