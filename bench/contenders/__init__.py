"""Contenders that are measured beside each other, each in processes of its own that append the same events."""
