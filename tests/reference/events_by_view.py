"""The views that fold each event, for the page of views; and the events that no view folds."""

from projections.event_types import events
from service.views import VIEWS

LOG_ONLY = {
    "access.calendar_linked": "a calendar link is read from the log when it is used",
    "access.invitation_resent": "invitations are derived from the log when they are read",
    "access.signed_in": "the sessions themselves are rows beside the log",
    "trail.brought_in": "trails are read from the log",
    "words.redacted": "the text is deleted; a row shows that it is gone",
}
"""Events that no view folds, with the reason. A test fails for any other."""


def table() -> str:
    """A row for each event type: the views that fold it, or the reason why none does."""
    rows = [
        f"| `{topic}` | {', '.join(f'`{one}`' for one in by) or LOG_ONLY[topic]} |" for topic, by in takers().items()
    ]
    return "\n".join(["", "| event | views that fold it |", "|---|---|", *rows, "", ""])


def takers() -> dict[str, list[str]]:
    """The views that fold each event, by its type."""
    return {one.TOPIC: [view.name for view in VIEWS if one in view.takes] for one in events()}
