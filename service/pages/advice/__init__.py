"""Pages about advice: reading, writing and handing it over, recommendations and their follow-up."""
