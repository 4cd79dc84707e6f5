"""Challenges, from proposal to choice."""
