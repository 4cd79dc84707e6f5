"""Study trips over HTTP."""
