"""The electors of a ballot, as a redactable text."""

from domain.foundation import (
    Words,
)
from tests.domain.examples.board import (
    AGAIN,
    ELECTORS,
)

VOTERS = Words("\n".join(ELECTORS), digest=AGAIN.digest)
