"""What is shown: rows folded from facts."""
