"""Programmes over HTTP."""
