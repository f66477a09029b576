"""Bekal's own settings, with a home folder for this test process alone, in a folder that the processes of one run share."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "BEKAL_TEST_RUN" not in os.environ:
    _run = tempfile.mkdtemp(prefix="bekal-test-")
    atexit.register(shutil.rmtree, _run, ignore_errors=True)
    os.environ["BEKAL_TEST_RUN"] = _run
    # A database that the shell names is not for tests; one that a test names for a process that it starts is.
    os.environ.pop("DATABASE_URL", None)
_home = Path(tempfile.mkdtemp(prefix="home-", dir=os.environ["BEKAL_TEST_RUN"]))
# PostgreSQL's user, another one where the tests run as root, passes through both.
for _folder in (_home.parent, _home):
    _folder.chmod(0o755)
os.environ["BEKAL_HOME"] = str(_home)

from bekal.config.settings import *  # noqa: E402, F403
