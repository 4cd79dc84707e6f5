"""Mail: its content, composition and sending."""
