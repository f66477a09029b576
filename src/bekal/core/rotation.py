"""New keys, and a new secret to wrap them under.

Rotating makes a key of the next version and seals everything again that is sealed, in portions, each in a transaction of its own.
Killed in between, it leaves values of both versions, which both open; started again, it goes over all of them. Former keys stay,
as a process that runs meanwhile may still seal under the one that it has read; the next rotation takes such values along.

The index key never changes: of somebody who was erased, nobody could compute the index again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from bekal.core import clock
from bekal.core.keys import check_value, key_ring, new_wrapped, reread_keys, unwrap, wrap
from bekal.core.models import SealingKey, SecretCheck
from bekal.core.sealing import DataKey, Place, version_of

PORTION_ROWS: Final = 5_000
_LOCK: Final = 0x62656B616D


@dataclass(frozen=True, slots=True)
class SealedTable:
    """Columns of a table that are sealed; a room registers each of its own when Django starts.

    Attributes:
        select: takes a primary key and a limit; gives, of the rows that follow the key in its order, the primary key, the salt of
            the data key (NULL where it was destroyed) and the columns, and locks the rows.
        update: takes an array of primary keys and one for each column, and stores them.
    """

    table: str
    columns: tuple[str, ...]
    select: str
    update: str


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows that were gone over: the primary key of the last, how many they were, and how many values were sealed again."""

    last: int
    rows: int
    values: int


Step = Callable[[int], Portion | None]
"""Goes over a portion of the rows whose primary keys follow one, and seals again what is sealed; None after the last."""

_steps: dict[str, Step] = {}


def register_sealed(table: SealedTable) -> None:
    """Have the columns of a table sealed again whenever keys rotate."""
    register_step(table.table, lambda after: _reseal(table, after))


def register_step(table: str, step: Step) -> None:
    """The same for a table that does not keep what is sealed in columns."""
    _steps[table] = step


def count_rows() -> int:
    """How many rows a rotation goes over."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' + '.join(f'(SELECT count(*) FROM {table})' for table in _steps)}")
        (count,) = cursor.fetchone()
    return int(count)


@dataclass(frozen=True, slots=True)
class Rotated:
    """The version that seals from now on, and how many values were sealed again under it."""

    version: int
    values: int


def rotate_keys(*, progress: Callable[[int], None] | None = None) -> Rotated:
    """Make a new key and seal under it whatever is sealed, outside of any transaction.

    Args:
        progress: told how many more of the rows of `count_rows` are done.

    Raises:
        UnreadableValue: a value does not open; what was sealed again before stays so.
    """
    with rotating():
        with transaction.atomic():
            newest = SealingKey.objects.aggregate(Max("version"))["version__max"]
            wrapped = new_wrapped(version=newest + 1, secret=settings.BEKAL_IDENTITY_SECRET)
            SealingKey.objects.create(version=newest + 1, wrapped=wrapped, made_at=clock.now())
        reread_keys()
        values = 0
        for step in _steps.values():
            after = 0
            while portion := _in_transaction(step, after):
                after = portion.last
                values += portion.values
                if progress is not None:
                    progress(portion.rows)
    return Rotated(version=newest + 1, values=values)


def rewrap_keys(*, secret: str) -> None:
    """Wrap every key under another secret than the one in use, in one transaction. The caller keeps the secret first.

    Raises:
        SecretMismatch, KeysUnreadable: the keys are not wrapped under the secret in use.
    """
    former = settings.BEKAL_IDENTITY_SECRET
    with transaction.atomic():
        check = SecretCheck.objects.select_for_update().get()
        reread_keys()
        for key in SealingKey.objects.select_for_update():
            plain = unwrap(bytes(key.wrapped), version=key.version, secret=former)
            key.wrapped = wrap(plain, version=key.version, secret=secret)
            key.save(update_fields=["wrapped"])
        check.value = check_value(secret)
        check.save(update_fields=["value"])


@contextmanager
def rotating() -> Iterator[None]:
    """Hold off other rotations for the length of a block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@transaction.atomic
def _in_transaction(step: Step, after: int) -> Portion | None:
    return step(after)


def _reseal(table: SealedTable, after: int) -> Portion | None:
    ring = key_ring()
    changed: list[tuple[int, list[bytes]]] = []
    with connection.cursor() as cursor:
        cursor.execute(table.select, [after, PORTION_ROWS])
        rows = cursor.fetchall()
        for row, salt, *values in rows:
            if salt is None or all(version_of(bytes(value)) == ring.current for value in values):
                continue
            key = DataKey(bytes(salt), ring=ring)
            places = [Place(table.table, column, row) for column in table.columns]
            plain = [key.unseal(bytes(value), place) for value, place in zip(values, places, strict=True)]
            changed.append((row, [key.seal(value, place) for value, place in zip(plain, places, strict=True)]))
        if changed:
            keys, sealed = zip(*changed, strict=True)
            cursor.execute(table.update, [list(keys), *(list(column) for column in zip(*sealed, strict=True))])
    return Portion(last=rows[-1][0], rows=len(rows), values=len(changed) * len(table.columns)) if rows else None
