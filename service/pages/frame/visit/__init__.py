"""One visit to a page: the person who is signed in, the place in which they act, and the commands that their forms send."""

from service.pages.frame.visit.arriving import END_OF_DAY, visit_of
from service.pages.frame.visit.caller import PUBLIC, SignInNeeded, key_of
from service.pages.frame.visit.forms import Attempt, FormSentTwice, Visit

__all__ = ["END_OF_DAY", "PUBLIC", "Attempt", "FormSentTwice", "SignInNeeded", "Visit", "key_of", "visit_of"]
