"""Classifies errors as permanent or transient.

A permanent error is about one statement, its data or its code. It recurs on every retry, so only the view, reaction or job
that caused it stops. A transient error is about the server or the connection. It passes, so the operation is retried.
"""

import asyncpg

from service.store.database import DATABASE_ERRORS

PERMANENT_ERRORS = (
    asyncpg.CardinalityViolationError,  # 21: a statement touches a row twice
    asyncpg.DataError,  # 22: a value that its column cannot hold
    asyncpg.IntegrityConstraintViolationError,  # 23
    asyncpg.SyntaxOrAccessError,  # 42: no such table or column, another type, no permission
    asyncpg.ProgramLimitExceededError,  # 54: a row or an index entry that is too large
    asyncpg.DataCorruptedError,  # XX001
    asyncpg.IndexCorruptedError,  # XX002
)
"""PostgreSQL errors about a statement, its values or its tables (appendix A of its manual)."""


def is_permanent(error: Exception) -> bool:
    """Whether the error would recur on a retry: it is about the operation, not about the server or the connection."""
    return isinstance(error, PERMANENT_ERRORS) or not isinstance(error, DATABASE_ERRORS)
