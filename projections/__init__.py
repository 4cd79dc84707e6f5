"""What is shown: rows folded from events."""
