"""Doing several things at the same time, each in a thread with a connection of its own."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier
from typing import Any, Final

from django.db import connection, connections

from bekal.core.errors import BekalError

PATIENCE_SECONDS: Final = 60


def race(*deeds: Callable[[], Any]) -> list[Any]:
    """Start all deeds at once; give what each returned or which typed error it met, in order. Any other error fails the test.

    A deed inherits the clock.
    """
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE_SECONDS)
            return deed()
        except BekalError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        futures = [pool.submit(copy_context().run, run, deed) for deed in deeds]
        return [future.result(PATIENCE_SECONDS) for future in futures]


def wait_until_somebody_waits() -> None:
    """Until another connection waits for what this transaction holds."""
    ends_at = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < ends_at:
            cursor.execute("SELECT FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.rowcount:
                return
            time.sleep(0.01)
    raise TimeoutError
