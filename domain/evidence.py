"""What an advice may rest on: a source, interview, visit or insight of the team itself (rule 17)."""

from collections.abc import Collection

from domain.foundation import InterviewId, ItemId, Refusal, Selector, TeamId, Text, learns
from domain.itinerary import ItineraryItemAdded
from domain.research import KnowingResearch

# Refusals


class NotEvidence(Refusal):
    """Rule 17: evidence is a source, interview, visit or insight of that team."""

    CODE = "not-evidence"
    STATUS = 422
    TEXT = Text(
        en="Evidence is a source, an interview that was held, a visit or an insight of this team: {id} is not.",
        nl="Bewijs is een bron, een gehouden interview, een bezoek of een inzicht van deze CoP: {id} is dat niet.",
    )


class NoConsent(Refusal):
    """Rule 20: who withdrew consent is not cited any more."""

    CODE = "no-consent"
    TEXT = Text(
        en="Who was interviewed withdrew consent: {id} cannot be cited.",
        nl="De geïnterviewde trok de toestemming in: {id} kan niet worden aangehaald.",
    )


class KnowingEvidence(KnowingResearch):
    """What a command knows that cites evidence."""

    def about_evidence(self, ids: Collection[str]) -> list[Selector]:
        """The facts that say what these are, of which team, and how far they may be used."""
        return [*self.about_research(ids), *(Selector(types=[ItineraryItemAdded], tags=[one]) for one in ids)]

    @learns(ItineraryItemAdded)
    def _(self, item: ItemId, team: TeamId) -> None:
        self.whose[item] = team

    def require_evidence(self, ids: Collection[str], team: TeamId, *, field: str = "evidence") -> None:
        """Raises `NotEvidence` or `NoConsent` where one of these cannot be cited by this team."""
        for number, one in enumerate(ids):
            at = f"{field}.{number}"
            if self.team_of(one) != team or one.startswith("stakeholder_"):
                raise NotEvidence(field=at, id=one)
            if one in self.interviews and self.consent[InterviewId(one)] is None:
                raise NoConsent(field=at, id=one)
            if one in self.interviews and one not in self.held:
                raise NotEvidence(field=at, id=one)
