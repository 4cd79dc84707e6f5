"""`python -m service.cli`, for the parts that `kring up` starts."""

from service.cli.commands import main

main()
