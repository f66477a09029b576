"""Holding what has no row of its own, such as the count of tries at a number."""

from django.db import connection


def hold(space: int, key: bytes) -> None:
    """Hold a key until the caller's transaction ends; whoever wants the same key of the same space waits.

    Args:
        space: a number that a room chose for what it counts.
        key: a hash. Keys whose first four bytes are equal wait for one another too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, _number(key)])


def hold_unchanged(space: int, key: bytes) -> None:
    """Have whoever wants to `hold` a key wait until the caller's transaction ends, or wait for them; others may do the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [space, _number(key)])


def _number(key: bytes) -> int:
    return int.from_bytes(key[:4], signed=True)
