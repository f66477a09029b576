"""Freezing the applications of a wave: everybody gets a number, and what will be published is written.

Millions of applications pass through here. They are read and written as PostgreSQL's binary rows of one length, which numpy takes
as they are; no object of Python is made for one but the line that is published.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection
from psycopg import sql

from bekal.core.sql import load_sql
from bekal.ledger.seals import merkle
from bekal.participants.draw import form
from bekal.participants.draw.pools import Combination, Formed, Share, form_pools
from bekal.participants.draw.rule import Array
from bekal.participants.models import PartKind
from bekal.programmes.models import Wave

_GROUP_BITS: Final = 12
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_AT_ONCE: Final = 65_536
# Sorting and joining millions of rows on disk takes several times as long.
_MEMORY_SQL: Final = "SET LOCAL work_mem = '96MB'"


def _row_of(**columns: str) -> np.dtype[Any]:
    """A binary row of these columns, none of which is ever NULL."""
    fields = [("columns", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name}_bytes", ">i4"), (name, kind)]
    return np.dtype(fields)


_ELIGIBLE: Final = _row_of(application=">i8", registration=">i8", combination=">i4", household=">i4", left=">i4")
_KEPT: Final = {
    "application": np.int64,
    "registration": np.int64,
    "combination": np.int32,
    "household": np.int32,
    "left": np.int16,
}
_NUMBERED: Final = _row_of(application=">i8", draw=">i8", number=">i4")
_OUTCOME: Final = _row_of(application=">i8", outcome=">i2")
OUTCOME_OF_NUMBER: Final = np.dtype([("place", "<i4"), ("outcome", "<i2")])
"""Where in the order of the draw a number is, from 0, and what became of it, as `rule.fill` says."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The applications to draw, by number: that of number 1 stands at 0.

    Attributes:
        keys: their primary keys, int64.
        formed: the pools.
        applications: what is written of them.
    """

    keys: Array
    formed: Formed
    applications: form.Applications


def list_applications(
    *, wave: Wave, places: int, groups: Sequence[str], shares: Sequence[Share], people_per_household: int
) -> Listed:
    """Give everybody who is eligible a number, in random order, in the caller's transaction.

    Args:
        groups: the codes of the programme's priority groups.
        shares: as `form_pools` takes them.
    """
    read = _eligible(wave=wave, groups=groups, people_per_household=people_per_household)
    by_chance = np.argsort(np.frombuffer(os.urandom(8 * len(read["application"])), dtype=np.uint64))
    for name in read:
        read[name] = read[name][by_chance]
    values, combination, counts = np.unique(read["combination"], return_inverse=True, return_counts=True)
    known = [_combination(value, groups) for value in values.tolist()]
    formed = form_pools(shares=shares, people=dict(zip(known, counts.tolist(), strict=True)), places=places)
    letters = [pool.letters for pool in formed.pools]
    return Listed(
        keys=read["application"],
        formed=formed,
        applications=form.Applications(
            registrations=read["registration"],
            pools_text=[form.pools_text([letters[pool] for pool in formed.pools_of[each]]) for each in known],
            combination=combination.astype(np.int16),
            household=read["household"],
            left=read["left"],
        ),
    )


def write_draw(*, draw: int, header: bytes, listed: Listed, key: bytes) -> list[bytes]:
    """Write numbers, lines, leaves and keys of a draw, in the caller's transaction; returns the roots of the blocks.

    Args:
        draw: its primary key.
        key: of the nonces.
    """
    _write_numbers(draw, listed.keys)
    nodes: list[bytes] = []
    keys = np.concatenate([np.zeros(1, dtype="<i8"), listed.keys.astype("<i8")])
    with parts_writer(draw) as write:
        for position, block in enumerate(form.blocks_of(header=header, applications=listed.applications, key=key)):
            write(PartKind.APPLICATIONS, position, block.compressed)
            write(PartKind.LEAVES, position, block.leaves)
            start = position * merkle.BLOCK_LEAVES
            write(PartKind.KEYS, position, keys[start : start + merkle.BLOCK_LEAVES].tobytes())
            nodes.append(block.root)
    return nodes


def leaves_in(part: bytes) -> list[bytes]:
    """The leaves of a part of them."""
    return [part[at : at + form.HASH_BYTES] for at in range(0, len(part), form.HASH_BYTES)]


@contextmanager
def parts_writer(draw: int) -> Iterator[Callable[[PartKind, int, bytes], None]]:
    """Write parts of a draw by COPY: kind, position, content. Nothing else may be asked of the connection meanwhile."""
    statement = "COPY participants_drawpart (draw, kind, position, content) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8", "varchar", "int4", "bytea"])
        yield lambda kind, position, content: copy.write_row((draw, kind.value, position, content))


def copy_outcomes(*, keys: Array, outcome: Array) -> None:
    """Put what became of applications into the temporary table `drawn (application, outcome)`, until the transaction ends.

    Args:
        keys: primary keys of the applications.
        outcome: of each, as `rule.fill` says.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE drawn (application bigint, outcome smallint) ON COMMIT DROP")
    _copy_in("COPY drawn (application, outcome) FROM STDIN (FORMAT BINARY)", _OUTCOME, application=keys, outcome=outcome)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE drawn")


def _eligible(*, wave: Wave, groups: Sequence[str], people_per_household: int) -> dict[str, Array]:
    if len(groups) > _GROUP_BITS:
        raise ValueError(f"a programme has up to {_GROUP_BITS} priority groups")
    statement = sql.SQL(load_sql("participants", "draw/eligible")).format(
        wave=sql.Literal(wave.pk),
        programme=sql.Literal(wave.programme),
        groups=sql.Literal(list(groups)),
        group_bits=sql.Literal(_GROUP_BITS),
        per_household=sql.Literal(people_per_household),
    )
    with connection.cursor() as cursor:
        cursor.execute(_MEMORY_SQL)
        with cursor.copy(statement) as copy:
            rows = [{name: part[name].astype(kind) for name, kind in _KEPT.items()} for part in _binary_rows(copy, _ELIGIBLE)]
    return {name: np.concatenate([part.pop(name) for part in rows]) for name in _KEPT}


def _binary_rows(copy: Any, row: np.dtype[Any]) -> Iterator[Array]:
    pending = bytearray()
    skipped = len(_HEADER)
    for data in copy:
        pending += data
        if skipped and len(pending) >= skipped:
            del pending[:skipped]
            skipped = 0
        if len(pending) >= _AT_ONCE * row.itemsize:
            whole = len(pending) // row.itemsize * row.itemsize
            yield np.frombuffer(bytes(pending[:whole]), dtype=row)
            del pending[:whole]
    yield np.frombuffer(bytes(pending[: -len(_TRAILER)]), dtype=row)


def _combination(value: int, groups: Sequence[str]) -> Combination:
    chosen = frozenset(code for place, code in enumerate(groups) if value >> place & 1)
    return Combination(groups=chosen, province=f"{value >> _GROUP_BITS:02}")


def _write_numbers(draw: int, keys: Array) -> None:
    """In the order of the applications, so that their index grows at its end."""
    by_key = np.argsort(keys, kind="stable")
    _copy_in(
        "COPY participants_drawnumber (application, draw, number) FROM STDIN (FORMAT BINARY)",
        _NUMBERED,
        application=keys[by_key],
        draw=np.full(len(keys), draw, dtype=np.int64),
        number=by_key + 1,
    )


def _copy_in(statement: str, row: np.dtype[Any], **columns: Array) -> None:
    count = len(next(iter(columns.values())))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_HEADER)
        for start in range(0, count, _AT_ONCE):
            end = min(start + _AT_ONCE, count)
            rows = np.empty(end - start, dtype=row)
            rows["columns"] = len(columns)
            for name, values in columns.items():
                rows[f"{name}_bytes"] = row[name].itemsize
                rows[name] = values[start:end]
            copy.write(rows.tobytes())
        copy.write(_TRAILER)
