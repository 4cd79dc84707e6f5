"""Rewording a challenge, as long as nobody chose by its texts (rule 2)."""

from domain.challenges.board import Board
from domain.challenges.challenge import JudgingChallenge
from domain.challenges.lifecycle import FREE
from domain.events.challenge import ChallengeRevised
from domain.foundation import Caller, ChallengeId, Refusal, Text, Words

# Refusals


class TextsFrozen(Refusal):
    """Rule 2: challenge texts are frozen while on a ballot."""

    CODE = "texts-frozen"
    TEXT = Text(
        en="This challenge stands on a ballot: its texts stay as they are.",
        nl="Over dit vraagstuk wordt gestemd: de tekst blijft zoals hij is.",
    )


class ChoiceMade(Refusal):
    """Rule 2: what was chosen by its texts, declined or taken back, keeps them."""

    CODE = "choice-made"
    TEXT = Text(
        en="This challenge can no longer be reworded: what was decided about it rests on its texts.",
        nl="Dit vraagstuk kan niet meer worden herschreven: wat erover is besloten, berust op de tekst.",
    )


class NothingRevised(Refusal):
    """A revision changes a text or more."""

    CODE = "nothing-revised"
    STATUS = 422
    TEXT = Text(
        en="Give a new title, context or wish, or several of them.",
        nl="Geef een nieuwe titel, context of wens, of meer daarvan.",
    )


# Commands


class ReviseChallenge(JudgingChallenge, Board):
    """Reword a challenge (rule 2): its proposer, a commissioner of its organisation, or a facilitator for others."""

    def __init__(
        self,
        challenge: ChallengeId,
        *,
        title: Words | None = None,
        context: Words | None = None,
        wish: Words | None = None,
        by: Caller,
    ) -> None:
        super().__init__(challenge, by=by)
        self.title, self.context, self.wish = title, context, wish

    def execute(self) -> None:
        event = self.require_known()
        if not (self.is_proposer() or self.commissions() or self.facilitates(event.programme)):
            self.refuse_to(event)
        self.require_working_time(event.programme)
        match self.status_of(self.challenge):
            case "on_ballot":
                raise TextsFrozen
            case status if status != "proposed" and status not in FREE:
                raise ChoiceMade
            case _:
                pass
        if self.title is None and self.context is None and self.wish is None:
            raise NothingRevised(field="title")
        self.record(
            ChallengeRevised(
                challenge=event.challenge,
                programme=event.programme,
                organisation=event.organisation,
                title=self.title,
                context=self.context,
                wish=self.wish,
            )
        )
