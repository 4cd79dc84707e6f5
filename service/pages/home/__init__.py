"""The home pages: one for each role, each an overview of what is the case and what is asked."""
