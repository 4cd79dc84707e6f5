"""Permissions that several subjects ask about."""
