"""Measurements against peers in the same run: ratios count, absolute figures drift."""
