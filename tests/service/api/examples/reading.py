"""Reads that are not pages of a list."""

UNBOUNDED = {
    "/calendar/{link}",
    "/events",
    "/jobs",
    "/jobs/{job}",
    "/me/agenda",
    "/me/notifications",
    "/me/to-dos",
    "/organisations",
    "/people",
    "/programmes",
    "/reporting/{file}",
    "/tokens",
}
"""What is read as it is now only: it is everything that somebody sees, in whatever programmes and CoPs that stands."""
