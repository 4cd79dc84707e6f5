"""Addresses of pages: where each kind of thing has its page."""

SECTIONS = {
    "announcement": "announcements",
    "ballot": "ballots",
    "booking": "bookings",
    "challenge": "challenges",
    "commitment": "commitments",
    "file": "files",
    "gathering": "gatherings",
    "item": "itinerary-items",
    "insight": "insights",
    "interview": "interviews",
    "organisation": "organisations",
    "person": "people",
    "recommendation": "recommendations",
    "source": "sources",
    "stakeholder": "stakeholders",
    "team": "teams",
    "trip": "trips",
}
"""The first part of the address of a page, by the prefix of the id that it shows."""


INSIDE_ONLY = frozenset({"booking", "file", "insight", "interview", "item", "source", "stakeholder", "trip"})
"""Things whose pages are for people inside the programme, though an organisation may read facts about them."""


def address(one: str, *, outside: bool = False) -> str | None:
    """The address of the page of this thing; None if it has no page, or none for a reader `outside` the programme."""
    if outside and one.partition("_")[0] in INSIDE_ONLY:
        return None
    section = SECTIONS.get(one.partition("_")[0])
    return None if section is None else f"/{section}/{one}"
