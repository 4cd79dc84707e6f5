"""Intervals of time."""

from datetime import timedelta

MICROSECOND, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
