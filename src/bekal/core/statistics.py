"""Keeping PostgreSQL's planner informed within a transaction that writes in bulk.

A table that was empty when it was last looked at may be believed empty until autovacuum comes by, which cannot see an open
transaction at all; a join that is planned on that belief compares every row with every row.
"""

from typing import Final

from django.db import connection

BULK_ROWS: Final = 1_000
"""From how many written rows on it is worth counting again."""


def refresh_statistics(*tables: str, rows: int) -> None:
    """Count the tables again if at least `BULK_ROWS` rows were just written to them, seeing the transaction's own rows.

    A role that may not analyse a table is told so by a warning and goes on.
    """
    if rows >= BULK_ROWS:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")
