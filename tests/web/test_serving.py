"""The site as it is served: what stops one reader does not stop the others, and what fails says so."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from bekal.config.postgres import Server
from bekal.core.services import start_demo_clock
from bekal.ledger.accounts import training_account
from tests.web.browsing import served
from tests.web.conftest import Laid
from tests.web.grounds import Ground, connected, copy_database
from tests.web.village import PASSWORD, TODAY, Village, address_with_password

_HOST: Final = "bekal.example"
# Longer than a page may take, by the first statement of a connection that asks.
_SLOW_ONCE: Final = """
CREATE FUNCTION slow_once() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tests.waited', true) = 'yes' THEN
        RETURN true;
    END IF;
    PERFORM pg_sleep(1.5);
    PERFORM set_config('tests.waited', 'yes', false);
    RETURN true;
END $$
"""


@dataclass(slots=True)
class Reader:
    """A browser that keeps cookies, and nothing else."""

    address: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **fields: str) -> tuple[HTTPResponse, str]:
        place = urlsplit(self.address)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **self.headers}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(HTTPConnection(str(place.hostname), place.port, timeout=30)) as connection:
            connection.request(method, path, body=urlencode(fields) if fields else None, headers=headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer, body

    def post(self, path: str, **fields: str) -> tuple[HTTPResponse, str]:
        return self.ask("POST", path, csrfmiddlewaretoken=self.cookies["csrftoken"], **fields)

    def log_in(self, email: str) -> HTTPResponse:
        self.ask("GET", "/accounts/login/")
        return self.post("/accounts/login/", login=email, password=PASSWORD)[0]


Serve = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    database: str
    home: Path
    log: Path
    village: Village

    def logged(self, *, lines: int = 1, **wanted: object) -> list[dict[str, Any]]:
        """What is logged with these fields, once there are as many lines: a request is logged after its answer was sent."""
        deadline = time.monotonic() + 5
        while True:
            whole = self.log.read_text().rpartition("\n")[0].splitlines()
            found = [line for line in map(json.loads, whole) if wanted.items() <= line.items()]
            if len(found) >= lines or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


@pytest.fixture(scope="module")
def open_ground(lay: Laid, trained_ground: Ground[Village]) -> Ground[Village]:
    """The trained village, in which Sari and Dewi can log in with a password."""

    def build() -> Village:
        for person in (trained_ground.built.sari, trained_ground.built.dewi):
            address_with_password(person)
        start_demo_clock(day=TODAY)
        return trained_ground.built

    return lay("open", build, on=trained_ground, home=trained_ground.home)


@pytest.fixture
def serve(open_ground: Ground[Village], postgres: Server, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Serve:
    """Serves that village, with these environment variables."""

    @contextmanager
    def serving(**variables: str) -> Iterator[Served]:
        address = postgres.url("web_serving")
        with django_db_blocker.unblock():
            copy_database(postgres, database="web_serving", template=open_ground.database)
            log = tmp_path / "log"
            with (
                connected(postgres, "web_serving"),
                log.open("w") as file,
                served(database=address, home=open_ground.home, log=file.fileno(), **variables) as url,
            ):
                yield Served(url, address, open_ground.home, log, open_ground.built)

    return serving


def percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(share * (len(seconds) - 1))]


@pytest.mark.slow
@pytest.mark.alone
def test_slow_bodies_and_a_stuck_row_do_not_stop_the_others(serve: Serve) -> None:
    with serve() as site, ExitStack() as stack, psycopg.connect(site.database) as holder:
        email = str(site.village.sari.participant.user.email)
        sessions = [Reader(site.url) for _ in range(3)]
        for session in sessions:
            assert session.log_in(email).status == 302
        holder.execute("SELECT FROM ledger_balance WHERE owner = %s FOR UPDATE", [training_account(site.village.sari.number)])
        ended = threading.Event()
        place = urlsplit(site.url)
        slow = [stack.enter_context(closing(HTTPConnection(str(place.hostname), place.port))) for _ in range(64)]
        for connection in slow:
            connection.putrequest("POST", "/accounts/login/")
            connection.putheader("Content-Length", "5000")
            connection.endheaders()

        def trickle() -> None:
            while not ended.wait(1):
                for connection in slow:
                    with suppress(OSError):  # answered, where this test fails
                        connection.send(b"x")

        trickling = threading.Thread(target=trickle)
        trickling.start()
        # Before the connections are closed.
        stack.callback(trickling.join)
        stack.callback(ended.set)
        buyers = stack.enter_context(ThreadPoolExecutor(18))
        path = "/catalogue/KUE-01/buy/"
        buying = [buyers.submit(bought, session, path) for session in sessions for _ in range(6)]
        time.sleep(0.3)
        took: list[float] = []
        reader = Reader(site.url)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for page in ("/", "/catalogue/", "/catalogue/KUE-01/", "/accounts/login/"):
                began = time.monotonic()
                assert reader.ask("GET", page)[0].status == 200
                took.append(time.monotonic() - began)
        assert percentile(took, 0.95) < 1, sorted(took)[-5:]
        assert {status for future in buying for status in [future.result()]} == {503}
        ended.set()
        holder.rollback()
        assert bought(sessions[0], path) == 303


def bought(reader: Reader, path: str) -> int:
    session = Reader(reader.address, cookies=dict(reader.cookies))
    answer, form = session.ask("GET", path)
    if answer.status != 200:
        return answer.status
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    hidden.pop("csrfmiddlewaretoken", None)
    return session.post(path, **hidden)[0].status


@pytest.mark.slow
def test_what_takes_too_long_is_given_up_in_both_languages_while_commands_go_on(serve: Serve) -> None:
    with serve(BEKAL_STATEMENT_SECONDS="1") as site:
        with psycopg.connect(site.database) as database:
            database.execute("ALTER TABLE catalogue_training RENAME TO catalogue_slow")
            database.execute(
                "CREATE VIEW catalogue_training AS SELECT * FROM catalogue_slow WHERE (SELECT pg_sleep(1.5)) IS NOT NULL"
            )
        reader = Reader(site.url)
        answer, page = reader.ask("GET", "/catalogue/")
        assert (answer.status, answer.getheader("Retry-After"), answer.getheader("Content-Language")) == (503, "60", "id")
        assert "pekerjaan ini memang lama, atau" in page
        assert "Periksa dahulu keadaannya sebelum mencoba lagi" in page
        reader.cookies["django_language"] = "en"
        assert "nothing is ever charged twice" in reader.ask("GET", "/catalogue/")[1]
        assert reader.ask("GET", "/healthz")[0].status == 200
        (given_up, *_) = site.logged(event="a request was given up")
        assert given_up["code"] == "database_busy"
        assert given_up["error"][0]["sqlstate"] == "57014"

        with psycopg.connect(site.database) as database:
            database.execute("ALTER TABLE ledger_transfer RENAME TO ledger_slow")
            database.execute(_SLOW_ONCE)
            database.execute("CREATE VIEW ledger_transfer AS SELECT * FROM ledger_slow WHERE (SELECT slow_once())")
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        environment |= {"DATABASE_URL": site.database, "BEKAL_HOME": str(site.home), "BEKAL_STATEMENT_SECONDS": "1"}
        environment |= {"BEKAL_IDENTITY_SECRET": settings.BEKAL_IDENTITY_SECRET, "BEKAL_SECRET_KEY": settings.SECRET_KEY}
        began = time.monotonic()
        audit = subprocess.run(
            [sys.executable, "-m", "bekal.config.main", "audit", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert time.monotonic() - began > 1.5
        assert json.loads(audit.stdout)["findings"] == []


def test_a_fault_is_recorded_with_the_number_that_the_page_names(serve: Serve) -> None:
    with serve() as site:
        with psycopg.connect(site.database) as database:
            database.execute("ALTER TABLE catalogue_training RENAME TO catalogue_gone")
        answer, page = Reader(site.url).ask("GET", "/catalogue/?q=Sari+Dewi+3171012345678901")
        request_id = str(answer.getheader("X-Request-ID"))
        assert (answer.status, request_id in page) == (500, True)
        fault, access = site.logged(lines=2, request_id=request_id)
        assert (fault["level"], fault["error"][0]["sqlstate"]) == ("error", "42P01")
        assert any("bekal/web/public/views.py" in frame for frame in fault["error"][0]["traceback"])
        assert (access["route"], access["status"]) == ("/catalogue/", 500)
        assert not re.search("Sari|317101", site.log.read_text())


def test_behind_tls_people_log_in_and_others_are_sent_there(serve: Serve) -> None:
    variables = {
        "BEKAL_HTTPS": "1",
        "BEKAL_ALLOWED_HOSTS": f"{_HOST},127.0.0.1",
        "BEKAL_TRUSTED_PROXIES": "127.0.0.1",
        "BEKAL_TRUSTED_ORIGINS": f"https://{_HOST}:8443",
    }
    with serve(**variables) as site:
        email = str(site.village.sari.participant.user.email)
        plain = Reader(site.url, headers={"Host": _HOST, "X-Forwarded-For": "203.0.113.9"}).ask("GET", "/accounts/login/")[0]
        assert (plain.status, plain.getheader("Location")) == (301, f"https://{_HOST}/accounts/login/")
        by_tls = {"Host": _HOST, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        for origin, status in ((f"https://{_HOST}", 302), (f"https://{_HOST}:8443", 302), ("https://evil.example", 403)):
            reader = Reader(site.url, headers=by_tls | {"Origin": origin, "Referer": f"{origin}/accounts/login/"})
            answer = reader.log_in(email)
            assert answer.status == status, origin
        with psycopg.connect(site.database) as database:
            came_in = "SELECT DISTINCT details ->> 'network' FROM access_act WHERE verb = 'login.enter'"
            assert database.execute(came_in).fetchall() == [("203.0.113.0/24",)]
        cookies = Reader(site.url, headers=by_tls).ask("GET", "/accounts/login/")[0]
        assert "Secure" in str(cookies.getheader("Set-Cookie"))
        assert cookies.getheader("Strict-Transport-Security") == "max-age=31536000"


def test_no_body_reaches_the_disk_before_login(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    with serve(TMPDIR=str(folder)) as site:
        before = sorted(folder.rglob("*"))
        boundary = "x" * 20
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'.encode()
        for size in (60_000, 4_000_000):
            place = urlsplit(site.url)
            with closing(HTTPConnection(str(place.hostname), place.port, timeout=20)) as connection:
                connection.putrequest("POST", "/accounts/login/")
                connection.putheader("Content-Type", f"multipart/form-data; boundary={boundary}")
                connection.putheader("Content-Length", str(size))
                connection.endheaders()
                try:
                    connection.send(part + b"a" * (size - len(part)))
                except OSError:
                    continue  # refused while it came
                assert connection.getresponse().status in {403, 413}
        assert sorted(folder.rglob("*")) == before
