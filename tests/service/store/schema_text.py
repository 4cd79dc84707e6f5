"""The schema as pg_dump prints it. `python -m tests.service.store.schema_text` updates it after a new migration."""

import asyncio
import re
import subprocess
import tempfile
from pathlib import Path

from service import embedded
from service.embedded.place import Place, wheels
from service.store.schema import migrate

FILE = Path(__file__).with_name("schema.sql")
OF_THE_DAY = re.compile(r"^(--.*|\\(un)?restrict .*|SET .*|SELECT pg_catalog.set_config.*)?\n", re.MULTILINE)
"""Lines that differ between dumps of one schema, or only configure the session."""


async def schema_of(owner_url: str) -> str:
    """Tables, indexes, functions, triggers, owners and privileges, in the order of the dump."""
    pg_dump = Place(Path(), Path(), wheels(), None).postgres("pg_dump")
    made = await asyncio.to_thread(
        subprocess.run, [pg_dump, "--schema-only", "--dbname", owner_url], capture_output=True, check=True, text=True
    )
    return OF_THE_DAY.sub("", made.stdout)


async def _write() -> None:
    with tempfile.TemporaryDirectory(prefix="kring-schema-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240  as root the server runs as another user, who needs access
        async with embedded.postgres(Path(folder) / "data") as up:
            await migrate(up.owner_url)
            FILE.write_text(await schema_of(up.owner_url), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
