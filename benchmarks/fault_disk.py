"""A disk that is full in the middle of a run."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from bekal.config.postgres import running_server
from fault_stage import LOST_DATABASE, REVOKED_ON, Stage, approved_revocation, at, ended, post, prepare, require_revoked, spawn
from harness import make_database, use_database

_DISK_MIB = 260


class Impossible(Exception):
    """Why this machine has no small disk to fill."""


def full_disk(stage: Stage) -> int:
    """A server on a small disk runs out of room while a run posts; once there is room again, it goes on.

    Raises:
        Impossible: no such disk can be made here.
    """
    with _small_disk() as disk:
        home = disk / "home"
        home.mkdir(mode=0o755)
        with running_server(home) as server:
            small, filler = replace(stage, home=home, server=server), disk / "filler"
            try:
                make_database(server.url("small"))
                prepare()
                run = approved_revocation()
                status = ended(spawn(partial(_post_until_full, run, filler, server.url("small"))))
                stage.expect(status == LOST_DATABASE, f"the worker ended with {status} on a full disk")
                filler.unlink()
                small.restart()
                with at(REVOKED_ON):
                    post(run)
                require_revoked(small, run)
            finally:
                # With a full disk the server could not even stop.
                filler.unlink(missing_ok=True)
                use_database(stage.server.url("granted"))
    return 1


def _post_until_full(run: Any, filler: Path, url: str) -> None:
    """Post, and after the second chunk leave no room for anything."""
    chunks = count(1)

    def fill_up(_: int) -> None:
        if next(chunks) == 2:
            _fill(filler)
            with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
                for _ in range(40):
                    connection.execute("SELECT pg_logical_emit_message(false, 'bekal', repeat('x', 4000000))")

    with at(REVOKED_ON):
        post(run, progress=fill_up)


def _fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(65536))


@contextmanager
def _small_disk() -> Iterator[Path]:
    if os.geteuid() != 0:
        raise Impossible("only root can mount a small disk")
    with tempfile.TemporaryDirectory(prefix="bekal-disk-") as folder:
        Path(folder).chmod(0o755)
        mounting = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MIB}m,mode=755", "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounting.returncode:
            raise Impossible(f"no small disk can be mounted here: {mounting.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)
