"""Doing several things at the same time, each in a thread with a connection of its own."""

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
