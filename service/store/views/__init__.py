"""The tables of views in PostgreSQL."""
