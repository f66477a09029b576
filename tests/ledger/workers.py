"""Workers as processes of their own, with small chunks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from django.conf import settings

_SCRIPT: Final = """
import sys
import django
django.setup()
from bekal.ledger.runs import services
from bekal.ledger.runs.worker import run_worker
services.CHUNK_OWNERS = int(sys.argv[1])
worked = run_worker(once=sys.argv[2] == "once", on_posted=lambda run: None)
print(len(worked.posted), worked.failures, flush=True)
"""
Worker = subprocess.Popen[str]
PATIENCE_SECONDS: Final = 60


def start_worker(address: str, *, chunk_owners: int, once: bool = False) -> Worker:
    """Start a worker on a database; on standard output it says in the end how many runs it posted and how often it failed."""
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(chunk_owners), "once" if once else "on"],
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
