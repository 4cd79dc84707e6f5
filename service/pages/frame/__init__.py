"""The frame of all pages: assets, templates, sign-in, forms, errors and live updates."""
