"""Ballots over HTTP."""
