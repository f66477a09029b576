"""Workers as processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
from django.conf import settings

_SCRIPT: Final = """
import sys
import django
django.setup()
from bekal.jobs.worker import run_worker
exec(sys.argv[1])
worked = run_worker(once=sys.argv[2] == "once", on_done=lambda done: None)
print(len(worked.done), worked.failures, flush=True)
"""
Worker = subprocess.Popen[str]
PATIENCE_SECONDS: Final = 60


def start_worker(address: str, *, prepare: str, once: bool = False) -> Worker:
    """Start a worker on a database; on standard output it says in the end how many jobs it did and how often one failed.

    Args:
        prepare: Python statements that it executes first.
    """
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, prepare, "once" if once else "on"],
        env={
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "bekal.config.settings",
            "BEKAL_HOME": str(settings.BEKAL_HOME),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@contextmanager
def ending(*workers: Worker) -> Iterator[None]:
    """Kill what is left of these workers at the end."""
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def silence(address: str) -> None:
    """Let so much time pass that every killed worker counts as dead, without waiting for it."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'")


def await_true(wanted: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not wanted():
        if time.monotonic() > deadline:
            pytest.fail("waited in vain")
        time.sleep(0.02)
