"""Encryption: keys, sealed fields and ballot papers."""
