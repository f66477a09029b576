"""Tests of several processes run side by side, but for one that needs the machine to itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Wait until a test may run. While one runs `alone`, no test of another process of this run does."""
    run = Path(os.environ["BEKAL_TEST_RUN"])
    with (run / "door.lock").open("w") as door, (run / "room.lock").open("w") as room:
        # A test that waits for an empty room holds the door, so that no other slips in meanwhile.
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            # A child that the test forked may keep the files open.
            fcntl.flock(room, fcntl.LOCK_UN)
            fcntl.flock(door, fcntl.LOCK_UN)
