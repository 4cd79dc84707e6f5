"""PostgreSQL: the log, its mapper, sealed texts, tables of views; the only place with SQL for events."""
