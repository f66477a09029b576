"""Databases that are built once for many tests, each of which is undone in them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from django.db import connections
from django.test import override_settings
from psycopg.pq import TransactionStatus

from bekal.config.postgres import Server, clone_database
from tests.conftest import connect_to

Built = TypeVar("Built")

# A new connection to a database reads its catalogue and plans each statement anew: a third of a short test's time.
_resting: Final[dict[str, Any]] = {}


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
    copy_database(server, database=database, template=template)
    with connected(server, database), override_settings(BEKAL_HOME=home):
        return Ground(database=database, home=home, built=build())


def copy_database(server: Server, *, database: str, template: str) -> None:
    """Make a copy of a database, to which no connection of this process may stay."""
    if connections["default"].settings_dict["NAME"] == template:
        connections["default"].close()
    if template in _resting:
        _resting.pop(template).close()
    clone_database(server.url(database), template=template)


@contextmanager
def connected(server: Server, database: str, *, again: bool = False) -> Iterator[None]:
    """Let Django work in another database of the run's server for the length of a block.

    Args:
        again: others will come back to this database as it is: the connection to it is kept for them.
    """
    before = connections["default"].settings_dict["NAME"]
    _turn_to(server, database, rests=True)
    try:
        yield
    finally:
        _turn_to(server, before, rests=again)


def let_go() -> None:
    """Close the connections that are kept."""
    while _resting:
        _resting.popitem()[1].close()


def _turn_to(server: Server, database: str, *, rests: bool) -> None:
    live = connections["default"]
    if rests and live.connection is not None and live.connection.info.transaction_status == TransactionStatus.IDLE:
        _resting[live.settings_dict["NAME"]], live.connection = live.connection, None
    live.close()
    connect_to(server, database)
    rested = _resting.pop(database, None)
    if rested is not None and not rested.closed:
        live.connection = rested
