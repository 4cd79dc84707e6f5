"""People, organisations, contacts and tokens over HTTP."""
