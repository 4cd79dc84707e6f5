"""People, organisations, and the rights of callers."""
