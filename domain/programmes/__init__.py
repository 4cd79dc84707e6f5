"""Programmes and what they announce."""
