"""The embedded PostgreSQL for as long as somebody uses it."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bekal.config.postgres.binaries import WHEEL
from bekal.config.postgres.cluster import Cluster, StopMode
from bekal.config.postgres.errors import ProgramsMissing
from bekal.config.postgres.folders import open_private_file, prepare_home, reasons_for
from bekal.config.postgres.identity import Identity, identity_for
from bekal.config.postgres.locks import Lock
from bekal.config.postgres.notices import told_if_slow
from bekal.config.postgres.texts import early_gettext_lazy as _


class Server:
    """A running server, shared with every other process that uses the same home."""

    def __init__(self, cluster: Cluster, decisions: Lock) -> None:
        self._cluster = cluster
        self._decisions = decisions

    @property
    def data_dir(self) -> Path:
        """The data folder."""
        return self._cluster.data

    @property
    def socket_dir(self) -> Path:
        """The folder of the socket, which only PostgreSQL's user and root can enter."""
        return self._cluster.sockets

    @property
    def pid(self) -> int | None:
        """The server's process number; None once it has stopped or crashed."""
        return self._cluster.pid

    def url(self, database: str) -> str:
        """The address of a database as user `bekal`, for `DATABASE_URL`, psycopg, psql or pgbench."""
        return self._cluster.url(database)

    def bin(self, name: str) -> Path:
        """The path of one of PostgreSQL's own programs, such as `pg_dump`.

        Raises:
            ProgramsMissing: there is no such program.
        """
        path = self._cluster.programs / name
        if not path.exists():
            raise ProgramsMissing(path=path, package=WHEEL)
        return path

    def start_again(self) -> None:
        """Start the server if it has ended while this process uses it.

        Raises:
            PostgresUnavailable: it cannot be, and why.
        """
        with reasons_for(self._cluster.home), _deciding(self._decisions):
            self._cluster.ensure_running(alone=False)

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server under everybody who uses it; `immediate` is a crash. The next `running_server` starts it again."""
        with _deciding(self._decisions):
            self._cluster.stop(mode)


@contextmanager
def running_server(home: Path, *, durable: bool = True) -> Iterator[Server]:
    """Run PostgreSQL on the data in `home` while the block lasts, together with every other process that does the same.

    The first to enter starts the server, making `home` and an empty cluster where there is none; the last to leave stops it. A
    process that is killed leaves the server running: the next to enter uses it, and stops it if they are the last to leave.
    Children that a process forks count as that process.

    Args:
        home: the folder of Bekal's data, see `default_home`.
        durable: False, for tests only, makes a server that is faster and may lose everything in a power cut.

    Raises:
        PostgresUnavailable: one of its subclasses says why it cannot be, and what to do. Nothing stored is lost.
    """
    entered_by = os.getpid()
    with reasons_for(home):
        place = prepare_home(home)
        identity = identity_for(place / "data")
        identity.require_entry(place)
        decisions = Lock(open_private_file(place / "start.lock", identity))
        users = Lock(open_private_file(place / "users.lock", identity))
    with closing(decisions), closing(users):
        with reasons_for(place), _deciding(decisions):
            cluster = _enter(place, identity, users, durable=durable)
        try:
            yield Server(cluster, decisions)
        finally:
            if os.getpid() == entered_by:
                with reasons_for(place), _deciding(decisions):
                    _leave(cluster, users)


def _enter(home: Path, identity: Identity, users: Lock, *, durable: bool) -> Cluster:
    alone = users.attempt()
    users.share()
    cluster = Cluster(home, identity, durable=durable)
    try:
        cluster.ensure_running(alone=alone)
    except (KeyboardInterrupt, SystemExit):
        _leave(cluster, users)
        raise
    return cluster


def _leave(cluster: Cluster, users: Lock) -> None:
    if users.attempt():
        cluster.stop("fast")
    users.release()


@contextmanager
def _deciding(decisions: Lock) -> Iterator[None]:
    with told_if_slow(_("Another Bekal is starting or stopping the database; waiting for it.")):
        decisions.wait()
    try:
        yield
    finally:
        decisions.release()
