"""Failures of one thing, told apart from failures of the server or of the connection to it.

A failure of one thing (its table, its rows, its code) comes back however often it is tried, and must stop that thing alone.
A failure of the server concerns everybody, and passes: whoever met it tries again.
"""

import asyncpg

from service.store.database import BROKEN

OF_ONE_THING = (
    asyncpg.CardinalityViolationError,  # 21: a statement touches a row twice
    asyncpg.DataError,  # 22: a value that its column cannot hold
    asyncpg.IntegrityConstraintViolationError,  # 23
    asyncpg.SyntaxOrAccessError,  # 42: no such table or column, another type, no right to it
    asyncpg.ProgramLimitExceededError,  # 54: a row or an index entry that is too large
    asyncpg.DataCorruptedError,  # XX001
    asyncpg.IndexCorruptedError,  # XX002
)
"""Errors of PostgreSQL that are about a statement, its values or its tables (appendix A of its manual)."""


def is_of_one_thing(error: Exception) -> bool:
    """Whether an error is about what was being done, not about the server that was asked to do it."""
    return isinstance(error, OF_ONE_THING) or not isinstance(error, BROKEN)
