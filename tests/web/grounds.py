"""Databases that are built once for many tests, each of which is undone in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import psycopg
from django.db import connections
from django.test import override_settings
from psycopg import sql

from bekal.config.databases import connection_settings
from bekal.config.postgres import Server, drop_database

Built = TypeVar("Built")


@dataclass(frozen=True, slots=True)
class Ground(Generic[Built]):
    """A database on the server of this run, with what was built in it.

    Attributes:
        home: the folder of its models.
        built: what its builder returned; a test works with a copy.
    """

    database: str
    home: Path
    built: Built


def lay_ground(server: Server, *, database: str, template: str, home: Path, build: Callable[[], Built]) -> Ground[Built]:
    """Copy a database and build on it; what is built is committed."""
    clone(server, database=database, template=template)
    with connected(server, database), override_settings(BEKAL_HOME=home):
        return Ground(database=database, home=home, built=build())


def clone(server: Server, *, database: str, template: str) -> None:
    """Make a database a copy of another one; who is connected to it now is cut off."""
    drop_database(server.url(database))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        names = (sql.Identifier(database), sql.Identifier(template))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))


@contextmanager
def connected(server: Server, database: str) -> Iterator[None]:
    """Let Django work in another database of the run's server for the length of a block."""
    wanted = connection_settings(server.url(database))
    live = connections["default"].settings_dict
    before = {name: live[name] for name in ("NAME", "USER", "HOST")}
    connections["default"].close()
    live.update({name: wanted[name] for name in before})
    try:
        yield
    finally:
        connections["default"].close()
        live.update(before)
