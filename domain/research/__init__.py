"""Research of a team: sources, interviews, insights, stakeholders, files."""
