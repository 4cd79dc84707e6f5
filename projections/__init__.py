"""Views: rows folded from events."""
