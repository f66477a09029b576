"""One PostgreSQL on one data folder: making it, starting it, finding it, stopping it.

Every PostgreSQL program that writes the data inherits an open file, `server.lock`, and with it the lock on that file. While one
of them lives, however it came to be orphaned, the lock is taken; once it is free, no server of ours can be running, and what
`postmaster.pid` says is history. Callers hold the start lock.
"""

import os
import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from psycopg import pq

from bekal.config.postgres import postmaster
from bekal.config.postgres.binaries import programs_for, remove_other_copies
from bekal.config.postgres.data import ROLE, initialise, is_disk_full, is_startable
from bekal.config.postgres.errors import DiskFull, ForeignServer, NotDurable, ServerStuck, StartFailed, StopFailed
from bekal.config.postgres.folders import (
    is_private_folder,
    make_private_folder,
    open_private_file,
    remove_socket_leftovers,
    require_plain,
    socket_folder_for,
)
from bekal.config.postgres.identity import Identity
from bekal.config.postgres.locks import Lock
from bekal.config.postgres.notices import told_if_slow
from bekal.config.postgres.texts import early_gettext_lazy as _

StopMode = Literal["smart", "fast", "immediate"]

STUCK_AFTER_SECONDS = 60.0

_PATIENCE_SECONDS: Final = 30 * 86400
"""Recovery after a crash takes as long as it takes; `pg_ctl` would give up after a minute."""
_LOG_LIMIT_BYTES: Final = 10_000_000
_SHOWN_CHARACTERS: Final = 2_000

_SETTINGS: Final = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_completion_target": "0.9",
    "jit": "off",
}
_FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """The data folder of a home and the server that may run on it."""

    def __init__(self, home: Path, identity: Identity, *, durable: bool) -> None:
        """Args:
        home: the folder of Bekal's data; it exists, and the path is absolute without links.
        durable: whether a server that this object starts, and whatever it writes, survives a power cut.
        """
        self.home = home
        self.identity = identity
        self.durable = durable
        self.data = home / "data"
        self.log = home / "postgresql.log"
        self.programs = programs_for(home, identity, durable=durable)
        require_plain(self.programs)
        self._sockets = socket_folder_for(home)

    @property
    def pid(self) -> int | None:
        """The process number of the running server, or None."""
        return postmaster.running_on(self.data)

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket: where the running server put it, or else where the next one will."""
        return postmaster.socket_folder_of(self.data) or self._sockets

    def url(self, database: str) -> str:
        """The address of a database of this server, for any PostgreSQL client."""
        return f"postgresql://{ROLE}@/{quote(database, safe='')}?host={quote(str(self.sockets), safe='')}&port=5432"

    def ensure_running(self, *, alone: bool) -> None:
        """Start the server unless it runs; wait for one that starts, recovers or stops.

        Args:
            alone: no other process uses this home, so that a server found running is left over from a killed one, and may be
                replaced by one that is reachable or durable.

        Raises:
            ForeignServer, ServerStuck, NotDurable: a server runs that cannot be used.
            DataNotOurs, DataIncomplete, OtherMajorVersion: `data` cannot be started.
            DiskFull, InitFailed, StartFailed: PostgreSQL's programs failed.
        """
        startable = is_startable(self.data, self.identity)
        lock = Lock(open_private_file(self.home / "server.lock", self.identity))
        try:
            running = self._settle(lock, alone=alone)
            if running and self.durable and self._is_forgetful():
                if not alone:
                    raise NotDurable(home=self.home)
                self.stop("fast")
                lock.wait()
                running = False
            if not running:
                if not startable:
                    initialise(self.data, self.programs, self.identity, lock_fd=lock.fd, durable=self.durable)
                self._start(lock)
        finally:
            lock.close()

    def stop(self, mode: StopMode) -> None:
        """Stop the server if it runs, and wait for its end.

        Raises:
            StopFailed: it is still there.
        """
        pid = self.pid
        if pid is None:
            return
        sockets = self.sockets
        options: list[str | Path] = ["stop", "-D", self.data, "-m", mode, "-w", "-t", str(_PATIENCE_SECONDS)]
        with told_if_slow(_("PostgreSQL is writing what it holds in memory before it stops.")):
            stopping = self.identity.run([self.programs / "pg_ctl", *options])
        if stopping.returncode != 0 and self.pid is not None:
            raise StopFailed(pid=pid, output=stopping.stderr.strip())
        if not sockets.is_relative_to(self.home):
            with suppress(OSError):
                sockets.rmdir()

    def _settle(self, lock: Lock, *, alone: bool) -> bool:
        """Wait until it is clear whether a server runs. Returns True if it answers; False if none runs, and `lock` is held."""
        deadline = time.monotonic() + STUCK_AFTER_SECONDS
        pause = 0.01
        with told_if_slow(_("Waiting for an earlier PostgreSQL to recover or to stop.")):
            while not lock.attempt():
                answer = self._ping()
                if answer == pq.Ping.OK:
                    return True
                if answer == pq.Ping.REJECT:
                    deadline = time.monotonic() + STUCK_AFTER_SECONDS
                elif time.monotonic() > deadline:
                    if not alone or self.pid is None:
                        raise ServerStuck(path=self.data, home=self.home)
                    self.stop("fast")
                time.sleep(pause)
                pause = min(2 * pause, 0.5)  # a server that recovers logs every attempt to reach it
        if (pid := self.pid) is None:
            return False
        # Started by other means than ours, or the lock was lost on its way, as on some network file systems.
        if self.sockets == self._sockets and self._ping() == pq.Ping.OK:
            return True
        raise ForeignServer(pid=pid, path=self.data)

    def _ping(self) -> pq.Ping:
        if not is_private_folder(self.sockets, self.identity):
            return pq.Ping.NO_RESPONSE
        return pq.Ping(pq.PGconn.ping(self.url("postgres").encode()))

    def _is_forgetful(self) -> bool:
        return "fsync=off" in (self.data / "postmaster.opts").read_text()

    def _start(self, lock: Lock) -> None:
        remove_other_copies(self.programs, self.home)
        make_private_folder(self._sockets, self.identity)
        self.identity.require_entry(self._sockets)
        remove_socket_leftovers(self._sockets)
        postmaster.forget_reused_number(self.data)
        logged = self._open_log()
        settings = _SETTINGS | {"unix_socket_directories": str(self._sockets)} | ({} if self.durable else _FORGETFUL)
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        command: list[str | Path] = ["start", "-D", self.data, "-l", self.log, "-w", "-t", str(_PATIENCE_SECONDS), "-o", options]
        with told_if_slow(_("PostgreSQL is recovering what a sudden end left unfinished. This can take minutes.")):
            starting = self.identity.run([self.programs / "pg_ctl", *command], pass_fds=[lock.fd])
        if starting.returncode != 0:
            with self.log.open(encoding="utf-8", errors="replace") as log:
                log.seek(logged)
                output = (log.read() or starting.stderr).strip()
            if is_disk_full(self.home, output):
                raise DiskFull(home=self.home)
            raise StartFailed(log=self.log, output=output[-_SHOWN_CHARACTERS:])

    def _open_log(self) -> int:
        """Make sure that there is a log, and not a huge one. Returns its length in bytes."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        fd = open_private_file(self.log, self.identity)
        try:
            return os.fstat(fd).st_size
        finally:
            os.close(fd)
