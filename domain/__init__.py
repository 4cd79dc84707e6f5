"""What is true: facts, commands and rules. No IO, no clock, no randomness."""
