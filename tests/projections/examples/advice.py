"""Metadata for the events of an advice."""

from collections.abc import Sequence
from datetime import timedelta

from domain.foundation import Event
from projections.view import EventMetadata
from tests.domain.examples import team as t
from tests.domain.examples.deciding import NOW


def dated(history: Sequence[Event]) -> list[tuple[Event, EventMetadata]]:
    """The events with metadata, recorded a minute apart."""
    return [(event, EventMetadata(n, NOW + timedelta(minutes=n), t.ANNA)) for n, event in enumerate(history)]
