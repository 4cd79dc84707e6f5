"""Advice, recommendations and commitments over HTTP."""
