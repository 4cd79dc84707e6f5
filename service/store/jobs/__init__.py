"""Jobs in PostgreSQL, as operators and managers see them."""
