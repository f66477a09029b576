"""Commands run as users run them, in a home folder of their own: in a process, or in this one where that proves as much."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bekal.config.main import main
from bekal.config.postgres import running_server

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
    """The environment of the commands, with a home folder that they share, and a server that outlasts each of them.

    The secrets are those of the tests, whose databases some of the commands work on.
    """
    home = Path(tempfile.mkdtemp(prefix="cli-", dir=os.environ["BEKAL_TEST_RUN"]))
    home.chmod(0o755)
    shutil.copy(settings.BEKAL_HOME / "secrets", home)
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    environment["BEKAL_HOME"] = str(home)
    with running_server(home):
        subprocess.run(
            [sys.executable, "-m", "bekal.config.main", "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        yield environment
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home folder for one test alone; the server that a killed command leaves there is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="alone-", dir=os.environ["BEKAL_TEST_RUN"]))
    folder.chmod(0o755)
    yield folder
    if (folder / "data").exists():
        with running_server(folder):
            pass
    shutil.rmtree(folder, ignore_errors=True)


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


@pytest.fixture
def bekal_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bekal:
    """Run `bekal` with these arguments in this process, several times as quick as in one of its own.

    A command that needs a database works on the one of the test, which must be a `committed_database`.
    """

    def run(*arguments: str, **variables: str) -> Outcome:
        handler = signal.getsignal(signal.SIGTERM)
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            try:
                status = main(arguments)
            except SystemExit as refusal:  # of options that cannot be
                status = int(str(refusal.code))
            finally:
                signal.signal(signal.SIGTERM, handler)
        return Outcome(status, *capsys.readouterr())

    return run
