"""The rest of the contract: every row of it is there from the first day, and says so where it does not work yet."""

from domain.foundation import Refusal, Text


class NotYet(Refusal):
    """Part of the contract, but not built yet."""

    CODE = "not-yet"
    STATUS = 501
    TEXT = Text(en="Kring cannot do this yet.", nl="Dit kan Kring nog niet.")
