"""Confirmation by synchronous standbys (`synchronous_standby_names`); without any, everything here is as good as free.

PostgreSQL commits locally first and then waits for the standby. Whatever ends that wait (a lost session that is terminated, a
cancelled query) leaves a commit that everybody sees on this server and that a failover loses; a cancelled wait is even reported
to the client as a success, with a warning (PostgreSQL 18, src/backend/replication/syncrep.c, SyncRepWaitForLSN). So a row that
was found tells nothing about the standby. A commit after it does: the standby confirms positions of the write-ahead log in
order. See docs/decisions/0033-acknowledged-is-replicated.md.
"""

import asyncio

from service.store.database import Connection

REPLICATE = """
-- Writes a record of its own to the write-ahead log, and nothing to any table: its commit waits for the standby.
select pg_logical_emit_message(true, 'kring', '')
"""

WAIT_TIMEOUT_S = 3.0
"""For the standbys to confirm; less than a call of the writer may take. The caller asks again."""


class NotConfirmed(ConnectionError):
    """A commit is there, and nobody knows whether it is on a standby too."""


class Warnings:
    """Notices whether the server warned of anything on a connection that hears no other warnings: it cut short a wait."""

    def __init__(self, connection: Connection) -> None:
        self._warned = False
        connection.add_log_listener(self.hear)

    def hear(self, _: object, message: object) -> None:
        """Take a message of the server."""
        self._warned = self._warned or str(getattr(message, "sqlstate", "")).startswith("01")

    def require_none(self) -> None:
        """Raises `NotConfirmed` if there was one."""
        if self._warned:
            raise NotConfirmed("the server cut short its wait for a standby")


async def require_replicated(connection: Connection) -> None:
    """Wait until everything that this server has committed so far is on its synchronous standbys too.

    Outside of a transaction. Raises `NotConfirmed` or `TimeoutError`.
    """
    warnings = Warnings(connection)
    try:
        async with asyncio.timeout(WAIT_TIMEOUT_S):
            await connection.execute(REPLICATE)
        warnings.require_none()
    finally:
        connection.remove_log_listener(warnings.hear)
