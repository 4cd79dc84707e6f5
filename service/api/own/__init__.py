"""The caller's own agenda, calendar, to-dos and roles over HTTP."""
