"""Jobs: the queue in PostgreSQL, wake-ups through Valkey, and circuit breakers."""
