"""Calculations without events: counting, assignment, settlement."""
