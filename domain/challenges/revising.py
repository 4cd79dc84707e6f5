"""Revision of a challenge, as long as nobody has chosen by its texts (rule 2)."""

from domain.challenges.board import Board
from domain.challenges.challenge import ChallengeCommand
from domain.challenges.lifecycle import FREE
from domain.events.challenge import ChallengeRevised
from domain.foundation import Caller, ChallengeId, Refusal, Text, Words

# Refusals


class TextsFrozen(Refusal):
    """Rule 2: challenge texts are frozen while on a ballot."""

    CODE = "texts-frozen"
    TEXT = Text(
        en="This challenge is on a ballot: its texts cannot be changed now.",
        nl="Over dit vraagstuk wordt gestemd: je kunt de tekst nu niet wijzigen.",
    )


class ChoiceMade(Refusal):
    """Rule 2: a challenge that was selected, declined or withdrawn keeps its texts."""

    CODE = "choice-made"
    TEXT = Text(
        en="This challenge can no longer be revised: decisions were based on its texts.",
        nl="Je kunt dit vraagstuk niet meer herschrijven: er zijn besluiten genomen op basis van de tekst.",
    )


class NothingRevised(Refusal):
    """A revision changes at least one text."""

    CODE = "nothing-revised"
    STATUS = 422
    TEXT = Text(
        en="Give a new title, short title, context or wish.",
        nl="Geef een nieuwe titel, korte titel, context of wens.",
    )


# Commands


class ReviseChallenge(ChallengeCommand):
    """Revise a challenge (rule 2): its proposer, a commissioner of its organisation, or a facilitator for others."""

    def __init__(
        self,
        challenge: ChallengeId,
        *,
        title: Words | None = None,
        context: Words | None = None,
        wish: Words | None = None,
        short_title: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__(by, challenge, Board(challenge))
        self.title, self.context, self.wish, self.short_title = title, context, wish, short_title

    def execute(self) -> None:
        event = self.require_known()
        if not (self.is_proposer() or self.commissions() or self.rights.facilitates(event.programme)):
            self.refuse_to(event)
        self.conclusions.require_not_concluded(event.programme)
        match self.challenges.status_of(self.challenge):
            case "on_ballot":
                raise TextsFrozen
            case status if status != "proposed" and status not in FREE:
                raise ChoiceMade
            case _:
                pass
        if all(one is None for one in (self.title, self.context, self.wish, self.short_title)):
            raise NothingRevised(field="title")
        self.record(
            ChallengeRevised(
                challenge=event.challenge,
                programme=event.programme,
                organisation=event.organisation,
                title=self.title,
                context=self.context,
                wish=self.wish,
                short_title=self.short_title,
            )
        )
