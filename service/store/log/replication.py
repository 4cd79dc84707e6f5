"""Waits for synchronous standbys (`synchronous_standby_names`). If there are none, this costs next to nothing.

PostgreSQL commits locally first and then waits for the standby. If the wait is cut short (a session is terminated, a query
cancelled), the commit is visible on this server, but a failover loses it. A cancelled wait is even reported to the client as a
success, with a warning (PostgreSQL 18, src/backend/replication/syncrep.c, SyncRepWaitForLSN). So finding a row proves nothing
about the standby. A later commit does, because the standby confirms positions of the write-ahead log in order.
See docs/decisions/0033-acknowledged-is-replicated.md.
"""

import asyncio

from service.store.database import Connection

EMIT_MESSAGE = """
-- Write a record to the write-ahead log and nothing to any table. The commit waits for the standby.
select pg_logical_emit_message(true, 'kring', '')
"""

WAIT_TIMEOUT_S = 3.0
"""For the standbys to confirm; shorter than a call of the writer may take, which retries."""


class NotConfirmed(ConnectionError):
    """It is not known whether a commit has reached a standby."""


class Warnings:
    """Detects a warning from the server on a connection. The only one to expect there is that a wait was cut short."""

    def __init__(self, connection: Connection) -> None:
        self._warned = False
        connection.add_log_listener(self.on_message)

    def on_message(self, _: object, message: object) -> None:
        """Take a message from the server; SQLSTATE class 01 is a warning."""
        self._warned = self._warned or str(getattr(message, "sqlstate", "")).startswith("01")

    def require_none(self) -> None:
        """Raises `NotConfirmed` if there was a warning."""
        if self._warned:
            raise NotConfirmed("the server cut short its wait for a standby")


async def require_replicated(connection: Connection) -> None:
    """Wait until all that this server has committed so far is on its synchronous standbys.

    To be called outside a transaction. Raises `NotConfirmed` or `TimeoutError`.
    """
    warnings = Warnings(connection)
    try:
        async with asyncio.timeout(WAIT_TIMEOUT_S):
            await connection.execute(EMIT_MESSAGE)
        warnings.require_none()
    finally:
        connection.remove_log_listener(warnings.on_message)
