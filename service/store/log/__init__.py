"""The log in PostgreSQL: append, read, watch."""
