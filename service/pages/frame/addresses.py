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


def address(one: str) -> str | None:
    """The address of the page of this thing; None if it has no page of its own."""
    section = SECTIONS.get(one.partition("_")[0])
    return None if section is None else f"/{section}/{one}"
