"""People who ask to sign in, and what they get by mail."""

from service.auth.devices import Device
from service.auth.sign_in import SignIns
from service.auth.sign_in_secrets import code_of, link_of
from service.kring import Kring
from service.store.database import Row
from tests.workers.examples.stage import Stage

PHONE, LAPTOP = Device("Firefox", "Android"), Device("Safari", "macOS")
BROWSER = "b" * 43
"""The secret of the browser that asks."""
KNOWN, UNKNOWN = "e0@example.org", "nobody@example.org"


class People:
    """Participants, of whom the first one asks."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sign_ins = SignIns(stage.kring)
        self.anna, self.bert, *_ = stage.electors

    @property
    def kring(self) -> Kring:
        """The running Kring."""
        return self.stage.kring

    async def ask(self, address: str = KNOWN) -> str:
        """Ask for a mail on a phone."""
        return await self.sign_ins.ask(address, BROWSER, device=PHONE)

    def link(self, request: str) -> str:
        """The link that was mailed."""
        return link_of(self.kring.keys, request)

    def code(self, request: str) -> str:
        """The code that was mailed."""
        return code_of(self.kring.keys, request)

    def other_code(self, request: str) -> str:
        """A wrong code."""
        return f"{(int(self.code(request)) + 1) % 10**6:06}"

    async def rows(self, query: str) -> list[Row]:
        """The rows of a query."""
        return await self.kring.log.pool.fetch(query)

    async def later(self, table: str, **passed: str) -> None:
        """Move times of all rows into the past, as if that much time had passed."""
        changes = ", ".join(f"{column} = {column} - interval '{long}'" for column, long in passed.items())
        await self.kring.log.pool.execute(f"update {table} set {changes}")
