"""HTTP for the whole API: bodies, parameters, negotiation, preconditions, problems, streams."""
