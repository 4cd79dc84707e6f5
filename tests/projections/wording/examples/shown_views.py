"""The views whose differences are put into words."""

from typing import Any

from projections.view import View
from service.clock_and_ids import new_id
from service.store.views.time_travel import is_within


def is_shown(view: View[Any]) -> bool:
    """Whether rows of the view belong to the scope of a programme, or of what an organisation can read."""
    return is_within(view, new_id("programme")) or is_within(view, f"to:{new_id('organisation')}")
