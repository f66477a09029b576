"""Starting the embedded server again where it ended under those who use it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bekal.config.postgres.errors import PostgresUnavailable
from bekal.config.postgres.server import Server

_log: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0


@contextmanager
def kept_running(server: Server) -> Iterator[None]:
    """For the length of a block, start the server again when it has crashed or was stopped."""
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(server, ended), daemon=True, name="postgresql")
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _keep(server: Server, ended: threading.Event) -> None:
    pause = _LOOK_SECONDS
    while not ended.wait(pause):
        if server.pid is not None:
            pause = _LOOK_SECONDS
            continue
        try:
            server.start_again()
        except PostgresUnavailable as error:
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            _log.error("PostgreSQL ended and does not start: %s", error)
        else:
            _log.warning("PostgreSQL had ended and was started again")
