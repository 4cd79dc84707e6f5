"""The command line, `kring`: one file per subject."""

from service.cli.commands import main

__all__ = ["main"]
