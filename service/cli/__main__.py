"""`python -m service.cli`: how `kring up` starts its child processes."""

from service.cli.commands import main

main()
