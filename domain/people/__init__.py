"""People, organisations, and the rights of whoever acts."""
