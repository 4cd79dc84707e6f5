"""The advice of a team, its presentation and delivery, and what becomes of it."""
