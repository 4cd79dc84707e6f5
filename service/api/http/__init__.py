"""HTTP as the RFCs define it, for the whole API."""
