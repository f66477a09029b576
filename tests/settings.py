"""Bekal's own settings, with a home folder for this test run alone."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="bekal-test-"))
_home.chmod(0o755)
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["BEKAL_HOME"] = str(_home)

from bekal.config.settings import *  # noqa: E402, F403
