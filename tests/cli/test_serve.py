"""`bekal serve` and `bekal migrate` in a home of their own: what ends is started again, and no demo is made a programme."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import psycopg
import pytest

from bekal.config.postgres import running_server
from tests.cli.conftest import Bekal, Outcome

pytestmark = pytest.mark.slow
_PATIENCE_SECONDS = 60


@pytest.fixture
def at_home(bekal: Bekal, home: Path) -> Bekal:
    """Commands in that home."""

    def run(*arguments: str, **variables: str) -> Outcome:
        return bekal(*arguments, **{"BEKAL_HOME": str(home), **variables})

    return run


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def status(port: int) -> int | None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except (OSError, HTTPException):
            return None


def wait_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(psutil.NoSuchProcess):
            if found():
                return
        time.sleep(0.1)
    pytest.fail("waited in vain")


def test_what_ends_is_started_again_and_the_end_ends_everything(
    at_home: Bekal, home: Path, command_environment: dict[str, str]
) -> None:
    unprepared = at_home("serve", "--json")
    assert (unprepared.status, unprepared.json["error"]["code"]) == (2, "database_not_migrated")
    assert at_home("audit", "--json").json["error"]["code"] == "database_not_migrated"
    assert len(at_home("migrate", "--json").json["applied"]) > 20
    assert at_home("migrate", "--json").json == {"applied": []}

    port = free_port()
    command = [sys.executable, "-m", "bekal.config.main", "serve", "--port", str(port), "--json"]
    serving = subprocess.Popen(
        command, env=command_environment | {"BEKAL_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert serving.stdout is not None
        said = next(line for line in serving.stdout if "url" in line)
        assert (json.loads(said), status(port)) == ({"url": f"http://127.0.0.1:{port}"}, 200)
        taken = at_home("serve", "--port", str(port), "--json")
        assert (taken.status, taken.json["error"]["code"]) == (2, "port_taken")

        supervisor = psutil.Process(serving.pid)
        before = {each.pid for each in supervisor.children()}
        assert len(before) == 3
        for child in supervisor.children(recursive=True):
            child.kill()
        wait_for(lambda: len({each.pid for each in supervisor.children()} - before) == 3 and status(port) == 200)

        postmaster = int((home / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        wait_for(lambda: status(port) == 200 and not psutil.pid_exists(postmaster))
        assert serving.poll() is None

        everything = supervisor.children(recursive=True)
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=_PATIENCE_SECONDS)
        wait_for(lambda: not any(child.is_running() for child in everything))
        assert (status(port), (home / "data" / "postmaster.pid").exists()) == (None, False)
    finally:
        serving.kill()
        serving.communicate()


def test_a_real_programme_never_becomes_a_demo_nor_is_a_demo_served_as_one(at_home: Bekal, home: Path) -> None:
    assert at_home("migrate").status == 0
    real = at_home("demo", "--participants", "10", "--no-serve", "--json")
    assert (real.status, real.json["error"]["code"]) == (2, "not_a_demo")
    assert at_home("demo", "--reset", "--no-serve", "--json").json["error"]["code"] == "not_a_demo"
    with running_server(home) as server, psycopg.connect(server.url("bekal")) as database:
        assert database.execute("SELECT count(*) FROM core_democlock").fetchone() == (0,)

    demo = home / "demo-home"
    demo.mkdir()
    demo.chmod(0o755)
    assert at_home("demo", "--participants", "10", "--no-serve", BEKAL_HOME=str(demo)).status == 0
    served = at_home("serve", "--json", BEKAL_HOME=str(demo))
    assert (served.status, served.json["error"]["code"]) == (2, "demo_not_served")
