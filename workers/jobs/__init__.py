"""Jobs: the queue in PostgreSQL, its dispatcher, circuit breakers."""
