"""Databases that are built once for many tests, each of which is undone in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from django.db import connections
from django.test import override_settings

from bekal.config.postgres import Server, clone_database
from tests.conftest import connect_to

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
    clone_database(server.url(database), template=template)
    with connected(server, database), override_settings(BEKAL_HOME=home):
        return Ground(database=database, home=home, built=build())


@contextmanager
def connected(server: Server, database: str) -> Iterator[None]:
    """Let Django work in another database of the run's server for the length of a block."""
    before = connections["default"].settings_dict["NAME"]
    connections["default"].close()
    connect_to(server, database)
    try:
        yield
    finally:
        connections["default"].close()
        connect_to(server, before)
