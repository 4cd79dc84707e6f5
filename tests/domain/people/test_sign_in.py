"""Recording that somebody signed in."""

import pytest

from domain.events.sign_in import SignedIn
from domain.foundation import Code, SignInId
from domain.people.people import UnknownPerson
from domain.people.sign_in import CodeWrong, SignIn
from projections.wording.sentences import refusal_in_words
from tests.domain.examples.deciding import caller, decide
from tests.domain.examples.people import ANNA, BOSS, KNOWN

SIGN_IN = SignInId("signin_1")


def test_rule_33_that_somebody_signed_in_is_recorded() -> None:
    command = SignIn(SIGN_IN, person=ANNA, how="mailed_code", by=caller("system", ANNA))
    (event,) = decide(command, *KNOWN)
    assert event == SignedIn(sign_in=SIGN_IN, person=ANNA, how=Code("mailed_code"))
    assert event.tags() == [SIGN_IN, ANNA]


def test_nobody_signs_in_who_is_not_registered() -> None:
    with pytest.raises(UnknownPerson):
        decide(SignIn(SIGN_IN, person=BOSS, how="mailed_link", by=caller("system", BOSS)), *KNOWN)


def test_a_wrong_code_says_how_often_it_can_still_be_tried() -> None:
    assert refusal_in_words(CodeWrong(left=4), "en").endswith("You can still try 4 times.")
    assert refusal_in_words(CodeWrong(left=1), "nl").endswith("Je kunt nog 1 keer proberen.")
