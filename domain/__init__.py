"""The domain: events, commands and rules. No IO, no clock, no randomness."""
