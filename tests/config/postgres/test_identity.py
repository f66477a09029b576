"""Root's programs run as a user that is made once, however many begin together."""

import os
import subprocess
import sys
from collections.abc import Iterator
from shutil import which

import pytest

_ASK = """
import sys
from pathlib import Path
from bekal.config.postgres import identity
name = identity.PREFERRED_USER = sys.argv[1]
identity._CREATORS = tuple((*creator[:-1], name) for creator in identity._CREATORS)
print("ready", flush=True)
sys.stdin.readline()
found = identity.identity_for(Path("/nonexistent"))
print(found.name, found.uid, found.gid)
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0 or which("userdel") is None, reason="needs root, and userdel")


@pytest.fixture
def absent_user() -> Iterator[str]:
    name = f"bekal-test-{os.getpid()}"
    yield name
    subprocess.run(["userdel", name], check=False, capture_output=True)


@needs_root
def test_processes_that_begin_together_make_one_user(absent_user: str) -> None:
    asking = [
        subprocess.Popen([sys.executable, "-c", _ASK, absent_user], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for each in asking:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in asking:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    answers = [each.communicate()[0] for each in asking]
    assert {answer.split()[0] for answer in answers} == {absent_user}
    assert len(set(answers)) == 1
