"""Bekal's own settings, with a home folder for this test process alone, in a folder that the processes of one run share."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.memory import folder_in_memory, remove_left_over

_PREFIX: Final = "bekal-run-"
_LEAST_FREE_BYTES: Final = 8_000_000_000
"""The largest replay takes three, with its write-ahead log, and others run beside it."""

if "BEKAL_TEST_RUN" not in os.environ:
    _place = folder_in_memory(least_free_bytes=_LEAST_FREE_BYTES)
    if _place:
        remove_left_over(_place, _PREFIX)
    _run = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_place)
    atexit.register(shutil.rmtree, _run, ignore_errors=True)
    os.environ["BEKAL_TEST_RUN"] = _run
    # A database that the shell names is not for tests; one that a test names for a process that it starts is.
    os.environ.pop("DATABASE_URL", None)
_home = Path(tempfile.mkdtemp(prefix="home-", dir=os.environ["BEKAL_TEST_RUN"]))
# PostgreSQL's user, another one where the tests run as root, passes through both.
for _folder in (_home.parent, _home):
    _folder.chmod(0o755)
os.environ["BEKAL_HOME"] = str(_home)

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each of several processes calculates by one thread: two of them with two threads each spend a third of the time on waiting
    # for each other. What they start, and a run of one process, has as many threads as users have.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import numpy as np  # noqa: F401
    import scipy.linalg  # noqa: F401

    del os.environ["OPENBLAS_NUM_THREADS"]

from bekal.config.settings import *  # noqa: E402, F403
