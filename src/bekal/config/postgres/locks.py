"""Locks between processes that vanish with the processes that hold them.

`flock` belongs to an open file: the kernel drops it when the last process that has that file open ends, however it ends. No
lock is ever stale, and no process number is trusted.
"""

import fcntl
import os


class Lock:
    """One `flock`. Free when made, and after `release`."""

    def __init__(self, fd: int) -> None:
        """Args: fd: an open file, owned by this object from now on."""
        self.fd = fd

    def wait(self) -> None:
        """Take the lock alone; wait for as long as others hold it."""
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def attempt(self) -> bool:
        """Take the lock alone if nobody else holds it. Where it fails, a share held before is lost."""
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def share(self) -> None:
        """Hold the lock beside others."""
        fcntl.flock(self.fd, fcntl.LOCK_SH)

    def release(self) -> None:
        """Free the lock, also for children that inherited the open file."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file. Children that were given it go on holding the lock."""
        os.close(self.fd)
