"""Team assignment as integer programmes."""
