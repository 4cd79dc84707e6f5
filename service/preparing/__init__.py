"""Commands that need reads before they can decide, for the API and the pages alike."""
