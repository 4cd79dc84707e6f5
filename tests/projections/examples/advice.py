"""Events of an advice, with their times."""

from collections.abc import Sequence
from datetime import timedelta

from domain.foundation import Event
from projections.view import EventMetadata
from tests.domain.examples import team as t
from tests.domain.examples.deciding import NOW


def dated(history: Sequence[Event]) -> list[tuple[Event, EventMetadata]]:
    """The history, a minute between two events."""
    return [(event, EventMetadata(n, NOW + timedelta(minutes=n), t.ANNA)) for n, event in enumerate(history)]
