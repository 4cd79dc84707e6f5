"""Communities of Practice and their members."""
