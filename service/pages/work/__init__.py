"""Pages of the work of a CoP: its research, its stakeholder map and its files."""
