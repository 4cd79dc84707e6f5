"""Checks of an installation and its history, for operators and auditors."""
