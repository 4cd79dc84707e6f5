"""Administration of people, contacts, organisations and tokens."""
