"""Primary keys before their rows, so that what is sealed can be bound to them."""

from django.db import connection


def next_ids(table: str, *, count: int) -> list[int]:
    """So many new primary keys of a table whose key is `id`, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return sorted(key for (key,) in cursor.fetchall())
