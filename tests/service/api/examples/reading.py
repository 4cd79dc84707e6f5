"""Reads that are not pages of a list."""

UNBOUNDED = {
    "/calendar/{link}",
    "/events",
    "/jobs",
    "/jobs/{job}",
    "/me/agenda",
    "/me/changes",
    "/me/notifications",
    "/me/to-dos",
    "/organisations",
    "/people",
    "/programmes",
    "/reporting/{file}",
    "/tokens",
}
"""Reads without `as_of`: they cover everything visible to the caller, across programmes and CoPs."""
REQUIRED = {"q": "een"}
"""Values of query parameters that a read requires."""


def required(names: list[str]) -> dict[str, str]:
    """Those of these query parameters that are required, with a value."""
    return {one: REQUIRED[one] for one in names if one in REQUIRED}
