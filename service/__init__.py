"""The service: storage, sealing, the API, the pages and the command line."""
