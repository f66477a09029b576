"""Temporary databases: copies of another one, and scratch ones."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bekal.config.postgres.databases import drop_database, ensure_database, split_url

_SCRATCH: Final = "bekal_scratch_"
_SCRATCH_SECONDS: Final = 24 * 3600


def clone_database(url: str, *, template: str) -> None:
    """Make the database that `url` names a copy of `template`, a database of the same server, instead of what it was.

    Raises:
        psycopg.errors.ObjectInUse: somebody is connected to `template`.
        psycopg.Error: the server does not answer, there is no `template`, or its user may not create databases.
    """
    name, server = split_url(url)
    drop_database(url)
    clone = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(clone)


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """A new, empty database on the server that `url` names, dropped at the end of the block; yields its address.

    What killed processes left a day ago or earlier is dropped too.

    Raises:
        psycopg.Error: the server does not answer, or its user may not create databases.
    """
    _drop_stale_scratch(url)
    scratch = make_conninfo(url, dbname=f"{_SCRATCH}{int(time.time())}_{secrets.token_hex(4)}")
    ensure_database(scratch)
    try:
        yield scratch
    finally:
        drop_database(scratch)


def _drop_stale_scratch(url: str) -> None:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_SCRATCH]).fetchall()
    for (name,) in found:
        if int(name.removeprefix(_SCRATCH).split("_")[0]) < time.time() - _SCRATCH_SECONDS:
            drop_database(make_conninfo(url, dbname=name))
