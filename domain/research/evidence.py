"""What an advice may rest on: a source, interview, visit or insight of the team itself (rule 17)."""

from collections.abc import Collection

from domain.events.itinerary import ItineraryItemAdded, ItineraryItemRemoved
from domain.foundation import InterviewId, ItemId, Refusal, Selector, TeamId, Text, applies
from domain.research.research import KnowingResearch

# Refusals


class NotEvidence(Refusal):
    """Rule 17: evidence is a source, interview, visit or insight of that team."""

    CODE = "not-evidence"
    STATUS = 422
    TEXT = Text(
        en="Evidence is a source, an interview that was held, a visit or an insight of this team: {id} is not.",
        nl="Bewijs is een bron, een gehouden interview, een bezoek of een inzicht van deze CoP: {id} is dat niet.",
    )


class EvidenceMissing(Refusal):
    """Rule 17: a recommendation cites evidence."""

    CODE = "evidence-missing"
    STATUS = 422
    TEXT = Text(en="Name the evidence that this rests on.", nl="Noem het bewijs waarop dit rust.")


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
        """The events that say what these are, of which team, and how far they may be used."""
        visits = [ItineraryItemAdded, ItineraryItemRemoved]
        return [*self.about_research(ids), *(Selector(types=visits, tags=[one]) for one in ids)]

    @applies(ItineraryItemAdded)
    def _(self, item: ItemId, team: TeamId) -> None:
        self.whose[item] = team

    @applies(ItineraryItemRemoved)
    def _(self, item: ItemId) -> None:
        self.whose.pop(item, None)

    def require_evidence(self, ids: Collection[str], team: TeamId, *, field: str = "evidence") -> None:
        """Raises `EvidenceMissing` where there is none, `NotEvidence` or `NoConsent` where the team cannot cite one of these."""
        if not ids:
            raise EvidenceMissing(field=field)
        for number, one in enumerate(ids):
            at = f"{field}.{number}"
            if self.team_of(one) != team or one.startswith("stakeholder_"):
                raise NotEvidence(field=at, id=one)
            if one in self.interviews and self.consent[InterviewId(one)] is None:
                raise NoConsent(field=at, id=one)
            if one in self.interviews and one not in self.held:
                raise NotEvidence(field=at, id=one)
