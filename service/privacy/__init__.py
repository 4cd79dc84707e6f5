"""Removal of personal data."""
