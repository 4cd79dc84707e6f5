"""Jobs in PostgreSQL, as administrators see them."""
