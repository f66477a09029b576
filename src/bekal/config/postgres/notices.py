"""Telling people who wait what they wait for."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.functional import Promise

NOTICE_AFTER_SECONDS = 5.0


def _tell(text: str) -> None:
    """Write one line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def told_if_slow(text: str | Promise) -> Iterator[None]:
    """Tell `text` once if the block takes longer than a person waits without wondering."""
    # Read here: the active language belongs to this thread.
    timer = threading.Timer(NOTICE_AFTER_SECONDS, _tell, [str(text)])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
