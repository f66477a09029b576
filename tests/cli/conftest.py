"""Commands run as users run them: a process of its own, an own home folder."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """The one object on standard output; fails when there is anything else."""
        (line,) = self.output.splitlines()
        return json.loads(line)


Bekal = Callable[..., Outcome]


@pytest.fixture(scope="session")
def command_environment() -> Iterator[dict[str, str]]:
    """The environment of the commands, with a home folder that they share."""
    home = Path(tempfile.mkdtemp(prefix="bekal-cli-"))
    home.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    yield {**environment, "BEKAL_HOME": str(home)}
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def bekal(command_environment: dict[str, str]) -> Bekal:
    """Run `bekal` with these arguments to its end."""

    def run(*arguments: str, timeout: float = 300, **variables: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "bekal.config.main", *arguments],
            env={**command_environment, **variables},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
