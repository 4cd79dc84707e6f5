"""Gatherings, attendance and minutes."""
