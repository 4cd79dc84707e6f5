"""Health, metrics, jobs and reports over HTTP."""
