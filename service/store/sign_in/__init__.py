"""Signing in to the pages: requests for a link and code, and sessions."""
