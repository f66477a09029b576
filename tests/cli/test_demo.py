"""The demo as its users run it: built, served, killed in the middle, started again."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psycopg
import pytest

from bekal.config.postgres import running_server
from tests.cli.conftest import Outcome

pytestmark = pytest.mark.slow
_PATIENCE_SECONDS = 240


class Demo:
    """`bekal demo` in a home of its own."""

    def __init__(self, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
        self.home = home
        self.environment = {**kept, "BEKAL_HOME": str(home)}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "bekal.config.main", "demo", *arguments]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )

    def run(self, *arguments: str) -> Outcome:
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=_PATIENCE_SECONDS)
        return Outcome(process.returncode, output, errors)

    @property
    def server_is_up(self) -> bool:
        return (self.home / "data" / "postmaster.pid").exists()


@pytest.fixture
def demo() -> Iterator[Demo]:
    home = Path(tempfile.mkdtemp(prefix="demo-", dir=os.environ["BEKAL_TEST_RUN"]))
    home.chmod(0o755)
    yield Demo(home)
    shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _open(opener: OpenerDirector, address: str, **fields: str) -> str:
    data = urlencode(fields).encode() if fields else None
    with opener.open(address, data=data, timeout=10) as answer:
        return str(answer.read().decode())


def _confirm_phone(browser: OpenerDirector, url: str, phones: str) -> None:
    """Ask for a code, read it from the SMS that the demo's worker sent, and type it."""

    def post(name: str, **fields: str) -> str:
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', _open(browser, f"{url}/contact/"))[0]
        return _open(browser, f"{url}/contact/{name}/", csrfmiddlewaretoken=token, **fields)

    assert "+62 •••••••• 890" in post("phone", phone="0812 3456 7890")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (sent := re.findall(r"Bekal: (\d{6})\.", _open(build_opener(), phones))):
        assert time.monotonic() < deadline, "no SMS came"
        time.sleep(0.1)
    assert "Telepon Anda sudah dikonfirmasi." in post("code", code=sent[0])


def test_sari_logs_in_with_the_printed_password_and_the_end_stops_everything(demo: Demo) -> None:
    url = f"http://127.0.0.1:{(port := _free_port())}"
    process = demo.start("--participants", "60", "--port", str(port), "--json")
    assert process.stdout is not None
    printed = json.loads(process.stdout.readline())
    # What is printed answers at once.
    assert json.loads(_open(build_opener(), f"{url}/healthz")) == {"status": "ok"}
    assert (printed["url"], printed["participants"], printed["password"]) == (url, 60, "bekal-demo")
    assert "nothing is really sent" in _open(build_opener(), printed["sms"])

    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = _open(browser, f"{url}/accounts/login/")
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[0]
    page = _open(
        browser, f"{url}/accounts/login/", csrfmiddlewaretoken=token, login="sari@demo.bekal", password=printed["password"]
    )
    assert re.findall(r'data-balance-idr="(\d+)"', page) == ["300000"]
    assert "Rp300.000" in re.sub(r"<[^>]+>", "", page)
    prices = [int(price) for price in re.findall(r'data-training-code="[^"]+" data-price-idr="(\d+)"', page)]
    assert len(prices) == 6
    assert max(prices) <= 300_000

    _confirm_phone(browser, url, printed["sms"])
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=_PATIENCE_SECONDS)
    assert not demo.server_is_up


def test_a_second_start_keeps_what_is_there_unless_told_to_build_it_anew_and_always_what_is_no_demo(demo: Demo) -> None:
    first = demo.run("--participants", "40", "--no-serve", "--json")
    second = demo.run("--participants", "50", "--no-serve", "--json")
    third = demo.run("--participants", "50", "--no-serve", "--json", "--reset")
    assert [each.status for each in (first, second, third)] == [0, 0, 0]
    assert first.json == second.json
    assert "40" in second.errors
    assert third.json == first.json | {"participants": 50}
    _make_it_look_real(demo)
    outcome = demo.run("--participants", "20", "--no-serve", "--json")
    assert (outcome.status, outcome.json["error"]["code"]) == (2, "not_a_demo")


def test_a_build_that_is_killed_leaves_nothing_and_is_done_again(demo: Demo) -> None:
    process = demo.start("--participants", "4000", "--no-serve")
    while not demo.server_is_up:
        time.sleep(0.05)
    time.sleep(2.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=_PATIENCE_SECONDS)
    again = demo.run("--participants", "40", "--no-serve", "--json")
    assert (again.status, again.json["participants"]) == (0, 40)
    assert not demo.server_is_up


def test_a_port_in_use_is_said_before_anything_is_built(demo: Demo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        outcome = demo.run("--port", str(taken.getsockname()[1]), "--json")
    assert (outcome.status, outcome.json["error"]["code"]) == (2, "port_taken")


def _make_it_look_real(demo: Demo) -> None:
    """Take away the row by which a demo is known."""
    with running_server(demo.home) as server, psycopg.connect(server.url("bekal")) as connection:
        connection.execute("DELETE FROM core_democlock")
