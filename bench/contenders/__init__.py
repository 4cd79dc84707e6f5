"""Those that are measured beside each other, each in processes of its own that append the same facts and obey the same orders."""
