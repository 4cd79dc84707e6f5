"""Requests of an identified caller: commands, reads, streams."""
