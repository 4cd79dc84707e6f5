"""Events of signing in to the pages."""

from domain.foundation import Code, Event, Nobody, PersonId, SignInId, Text


class SignedIn(Event, frozen=True, kw_only=True):
    """A person signed in to the pages in a browser. `how`: `mailed_link`, `mailed_code` or `operator_link`.

    Neither the browser nor its network address is recorded.
    """

    TOPIC = "access.signed_in"
    TAGS = ("sign_in", "person")
    AUDIENCE = Nobody(because="access is between the person and Kring")
    REACH = "own"
    SUMMARY = Text(en="{person} signed in with {how}.", nl="{person} meldde zich aan met {how}.")

    sign_in: SignInId
    person: PersonId
    how: Code
