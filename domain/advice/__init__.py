"""The advice of a team: drafting, presentation, delivery and follow-up."""
