"""Events and rows in words."""
