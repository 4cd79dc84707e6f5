"""Checks of an installation and its history, for those who run and audit it."""
