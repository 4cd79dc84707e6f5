"""Authentication: tokens and calendar links."""
