"""Research over HTTP."""
