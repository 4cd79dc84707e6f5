"""Requests of an authenticated caller: commands, reads and streams."""
