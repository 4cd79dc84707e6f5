"""Everything that a caller may see, without HTTP: for the API, pages and workers."""
