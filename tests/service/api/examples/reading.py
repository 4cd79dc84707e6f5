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
