"""Mail: content, composition, sending."""
