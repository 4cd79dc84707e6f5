"""Signing in to the pages."""

from typing import Literal

from domain.events.sign_in import SignedIn
from domain.foundation import Caller, Code, PersonId, Refusal, SignInId, Text
from domain.people.people import KnownPeople, UnknownPerson
from domain.people.rights import CallerCommand

SignInMethod = Literal["mailed_link", "mailed_code", "operator_link"]


class LinkOver(Refusal):
    """Rule 33: a mailed link or code is valid for 15 minutes, and works once."""

    CODE = "link-over"
    STATUS = 410
    TEXT = Text(
        en="This link or code was used already, or is too old. Ask for a new one.",
        nl="Deze link of code is al gebruikt of te oud. Vraag een nieuwe aan.",
    )


class CodeWrong(Refusal):
    """Rule 33: a code signs in only the browser that asked for it, and can be tried five times. `left`: the tries left."""

    CODE = "code-wrong"
    STATUS = 422
    TEXT = Text(
        en="This is not the code in the mail. You can still try {left:# time|# times}.",
        nl="Dit is niet de code uit de mail. Je kunt nog {left:# keer|# keer} proberen.",
    )


class SignIn(CallerCommand):
    """Record that a person signed in (rule 33). The service has checked the link or code, and made the session."""

    def __init__(self, sign_in: SignInId, *, person: PersonId, how: SignInMethod, by: Caller) -> None:
        super().__init__(by)
        self.sign_in, self.person, self.how = sign_in, person, how
        self.known = KnownPeople(person)

    def execute(self) -> None:
        if self.person not in self.known:
            raise UnknownPerson
        self.record(SignedIn(sign_in=self.sign_in, person=self.person, how=Code(self.how)))
