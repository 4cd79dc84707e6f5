"""Contenders that append the same events, each in separate processes."""
