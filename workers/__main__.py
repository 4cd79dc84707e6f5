"""`python -m workers project` or `python -m workers work`: one process with that role. Settings come from the environment."""

import sys
from collections.abc import Awaitable, Callable, Mapping

from service.config import BadSetting, load
from service.gc_tuning import freeze_and_tune
from service.kring import Kring, open_kring
from service.process import run, start_logging
from service.sealing.keys import KeyStoreError
from service.store.schema import SchemaError
from workers.engine import work
from workers.projector import project

WITH_PARENT = "--with-parent"


ROLES: Mapping[str, Callable[[Kring], Awaitable[None]]] = {"project": project, "work": work}


async def _main(role: Callable[[Kring], Awaitable[None]]) -> None:
    async with open_kring(load()) as kring:
        await role(kring)


def main(arguments: list[str]) -> None:
    """Run the role named by `arguments` until stopped."""
    role = ROLES.get(arguments[0] if arguments else "")
    if role is None or not set(arguments[1:]) <= {WITH_PARENT}:
        sys.exit(f"Name one of {', '.join(ROLES)}, for example: python -m workers project")
    try:
        config = load()
    except BadSetting as error:
        sys.exit(str(error))
    if config.database_url is None:
        sys.exit("KRING_DATABASE_URL: is required; `kring up` sets it for the processes that it starts")
    start_logging(config)
    freeze_and_tune()
    try:
        run(_main(role), with_parent=WITH_PARENT in arguments)
    except (KeyStoreError, SchemaError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
