"""The front door of the site, in a process of its own, with raw connections in front of it."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings

from bekal.config.site.admission import MOST_WAITING, THREADS, THREADS_EACH, WRITING_THREADS
from bekal.config.site.front import MOST_LARGE_BODIES
from bekal.web.bodies import MANY_PATH, MOST_BODY_BYTES, MOST_MANY_BYTES

_START_SECONDS: Final = 60
_FILES: Final = 128
_REPOSITORY: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class Door:
    port: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=40)

    def ask(self, head: str, body: bytes = b"") -> Answer:
        """Send a request and read to the end of the answer, whose connection is to be closed."""
        with self.connect() as connection:
            connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
            return read(connection)

    def logged(self, request_id: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [each for each in found if each.get("request_id") == request_id]


def read(connection: socket.socket) -> Answer:
    received = b""
    while (part := _received(connection)) != b"":
        received += part
        head, separator, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if separator and length and len(body) >= int(length[1]):
            break
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    return Answer(int(first.split(" ")[1]), headers, body)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("door") / "log"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "bekal.config.site_settings",
        "BEKAL_SECRET_KEY": settings.SECRET_KEY,
        "BEKAL_IDENTITY_SECRET": settings.BEKAL_IDENTITY_SECRET,
    }
    command = [sys.executable, "-m", "tests.config.site.echo", str(port), str(_FILES)]
    with log.open("w") as file, subprocess.Popen(command, env=environment, stdout=file, cwd=_REPOSITORY) as server:
        try:
            deadline = time.monotonic() + _START_SECONDS
            while time.monotonic() < deadline and server.poll() is None:
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                time.sleep(0.05)
            yield Door(port=port, log=log)
        finally:
            server.terminate()


def test_of_headers_with_an_underscore_only_the_partners_one_comes_through(door: Door) -> None:
    told = door.ask(
        "GET /a%C3%A9?q=%C3%A9 HTTP/1.1\nHost: bekal.example:81\nclient_code: P-17\nclient-code: other\n"
        "X_Forwarded_Proto: https\nX-Real: yes\nCookie: a=1\nCookie: b=2\nConnection: close"
    ).json["environ"]
    assert told["HTTP_CLIENT_CODE"] == "P-17"
    assert (told["HTTP_HOST"], told["HTTP_X_REAL"], told["HTTP_COOKIE"]) == ("bekal.example:81", "yes", "a=1; b=2")
    assert "HTTP_X_FORWARDED_PROTO" not in told
    assert (told["PATH_INFO"].encode("latin-1").decode(), told["QUERY_STRING"]) == ("/aé", "q=%C3%A9")
    assert (told["REMOTE_ADDR"], told["CONTENT_LENGTH"]) == ("127.0.0.1", "0")


def test_cookies_are_set_as_they_are_and_a_head_has_no_body(door: Door) -> None:
    answer = door.ask("HEAD / HTTP/1.1\nHost: x\nConnection: close")
    assert (answer.status, answer.body, answer.all("set-cookie")) == (200, b"", ["a=1", "b=2"])
    assert int(answer.all("content-length")[0]) > 100


def test_a_body_comes_whole_however_it_is_sent(door: Door) -> None:
    announced = door.ask("POST / HTTP/1.1\nHost: x\nContent-Length: 5\nContent-Type: text/plain\nConnection: close", b"hello")
    chunked = door.ask(
        "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\nConnection: close", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    )
    assert [answer.json["body"] for answer in (announced, chunked)] == ["hello", "hello"]
    assert [answer.json["environ"]["CONTENT_LENGTH"] for answer in (announced, chunked)] == ["5", "5"]
    assert announced.json["environ"]["CONTENT_TYPE"] == "text/plain"


def test_the_largest_body_is_taken_and_a_larger_one_refused_before_it_comes(door: Door) -> None:
    largest = b"x" * MOST_BODY_BYTES
    head = "POST {} HTTP/1.1\nHost: x\nContent-Type: multipart/form-data; boundary=x\nConnection: close\n{}"
    assert len(door.ask(head.format("/", f"Content-Length: {MOST_BODY_BYTES}"), largest).json["body"]) == MOST_BODY_BYTES

    announced = door.ask(head.format("/", "Content-Length: 5000000000"))
    assert (announced.status, announced.all("content-language")) == (413, ["id"])
    assert "65536 bita" in announced.body.decode()
    in_english = door.ask(head.format("/", "Content-Length: 5000000000\nCookie: django_language=en"))
    assert "65536 bytes" in in_english.body.decode()

    growing = f"{MOST_BODY_BYTES + 1:x}\r\n".encode() + largest + b"x\r\n0\r\n\r\n"
    chunked = door.ask(head.format("/api/v1/recommendations", "Transfer-Encoding: chunked"), growing)
    assert (chunked.status, chunked.json["error"]["code"]) == (413, "body_too_large")


@pytest.mark.alone
def test_a_slow_body_is_given_up_and_a_silent_connection_closed(door: Door) -> None:
    with door.connect() as slow, door.connect() as silent:
        slow.sendall(b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n")
        silent.sendall(b"GET / HTT")
        began = time.monotonic()
        assert _received(silent) == b""
        assert 0.5 < time.monotonic() - began < 2
        with suppress(OSError):
            for _ in range(8):
                slow.sendall(b"x")
                time.sleep(0.25)
        answer = read(slow)
        assert (answer.status, answer.json["error"]["code"]) == (408, "body_too_slow")


def test_a_question_about_many_people_may_be_larger_but_few_such_are_read_at_once(door: Door) -> None:
    head = f"POST {MANY_PATH} HTTP/1.1\nHost: x\nContent-Type: application/json\nConnection: close\nContent-Length: "
    assert len(door.ask(f"{head}{MOST_MANY_BYTES}", b"x" * MOST_MANY_BYTES).json["body"]) == MOST_MANY_BYTES
    too_large = door.ask(f"{head}{MOST_MANY_BYTES + 1}")
    assert (too_large.status, too_large.json["error"]["message"]) == (413, "The body may have 1048576 bytes at most.")

    with ExitStack() as open_connections:
        slow = [open_connections.enter_context(door.connect()) for _ in range(MOST_LARGE_BODIES + 4)]
        for connection in slow:
            connection.sendall(f"{head}{MOST_MANY_BYTES}".replace("\n", "\r\n").encode() + b"\r\n\r\nx")
        assert door.ask("POST / HTTP/1.1\nHost: x\nContent-Length: 1\nConnection: close", b"x").status == 200
        answers = [read(connection) for connection in slow]
    codes = sorted(answer.json["error"]["code"] for answer in answers)
    assert codes == ["body_too_slow"] * MOST_LARGE_BODIES + ["site_busy"] * 4
    assert door.ask(f"{head}1", b"x").status == 200


@pytest.mark.alone
def test_slow_bodies_hold_no_thread_and_writers_leave_some_to_readers(door: Door) -> None:
    with ExitStack() as open_connections:
        for _ in range(64):
            slow = open_connections.enter_context(door.connect())
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nx")
        began = time.monotonic()
        assert door.ask("POST / HTTP/1.1\nHost: x\nContent-Length: 1\nConnection: close", b"x").status == 200
        assert time.monotonic() - began < 0.5

        for number in range(THREADS):
            stuck = open_connections.enter_context(door.connect())
            stuck.sendall(b"POST /wait?1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d" % (number % 10))
        time.sleep(0.2)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as readers:
            statuses = list(readers.map(lambda _: door.ask("GET / HTTP/1.1\nHost: x\nConnection: close").status, range(40)))
        assert statuses == [200] * 40
        assert time.monotonic() - began < 0.8
        assert WRITING_THREADS < THREADS


@pytest.mark.alone
def test_slow_connections_do_not_use_up_the_files_that_a_process_may_open(door: Door) -> None:
    with ExitStack() as open_connections:
        for _ in range(2 * _FILES):
            slow = open_connections.enter_context(door.connect())
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\nx")
        began = time.monotonic()
        assert door.ask("GET / HTTP/1.1\nHost: x\nConnection: close").status == 200
        assert time.monotonic() - began < 0.5


@pytest.mark.alone
def test_one_login_holds_a_few_threads_and_waits_for_the_rest(door: Door) -> None:
    request = "GET /wait?0.4 HTTP/1.1\nHost: x\nConnection: close\nCookie: sessionid={}"

    def seconds(cookies: list[str]) -> float:
        began = time.monotonic()
        with ThreadPoolExecutor(len(cookies)) as people:
            assert {answer.status for answer in people.map(lambda each: door.ask(request.format(each)), cookies)} == {200}
        return time.monotonic() - began

    assert THREADS_EACH == 2
    assert 1.2 <= seconds(["same"] * 6) < 1.9
    assert seconds([str(number) for number in range(6)]) < 0.9
    # As Django reads them, the last one counts.
    assert 1.2 <= seconds([f"{number}\nCookie: sessionid=same" for number in range(6)]) < 1.9


@pytest.mark.alone
def test_logins_that_wait_to_write_leave_threads_to_others_who_write(door: Door) -> None:
    with ExitStack() as open_connections:
        for number in range(WRITING_THREADS):
            stuck = open_connections.enter_context(door.connect())
            who = number % (WRITING_THREADS // 2)
            stuck.sendall(b"POST /wait?1 HTTP/1.1\r\nHost: x\r\nCookie: sessionid=%d\r\nContent-Length: 1\r\n\r\nx" % who)
        time.sleep(0.2)
        began = time.monotonic()
        other = "POST / HTTP/1.1\nHost: x\nCookie: sessionid=other\nContent-Length: 1\nConnection: close"
        assert door.ask(other, b"x").status == 200
        assert time.monotonic() - began < 0.5


def test_a_body_that_breaks_off_never_reaches_the_application(door: Door) -> None:
    with door.connect() as broken:
        broken.sendall(b"POST /broken HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc")
        broken.shutdown(socket.SHUT_WR)
        received = _received(broken)
    assert received == b"" or b" 400 " in received


@pytest.mark.parametrize("rest", [b"", b"5\r\nll", b"zz\r\n", b"5\r\nllo\r\n0\r\n\r\n"])
def test_nor_does_one_without_a_length(door: Door, rest: bytes) -> None:
    with door.connect() as broken:
        broken.sendall(b"POST /api/broken HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n" + rest)
        broken.shutdown(socket.SHUT_WR)
        answer = read(broken)
    assert (answer.status, answer.json["error"]["code"]) == (400, "body_broken")


def test_what_is_logged_names_nobody(door: Door) -> None:
    answer = door.ask("POST /fault?name=Sari HTTP/1.1\nHost: x\nContent-Length: 7\nConnection: close", b"nik=317")
    assert (answer.status, answer.all("content-language")) == (500, ["id"])
    (request_id,) = answer.all("x-request-id")
    assert request_id in answer.body.decode()
    deadline = time.monotonic() + 5
    while len(found := door.logged(request_id)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    fault, access = found
    assert (fault["level"], fault["error"][0]["kind"]) == ("error", "builtins.LookupError")
    assert fault["error"][0]["message"] == "<e-mail> has no account <number>"
    assert re.fullmatch(r"tests/config/site/echo.py:\d+ echo|.*echo.py:\d+ echo", fault["error"][0]["traceback"][-1])
    assert {name: access[name] for name in ("event", "method", "route", "status")} == {
        "event": "request", "method": "POST", "route": None, "status": 500,
    }  # fmt: skip
    assert not re.search("Sari|nik|sari@|628123", door.log.read_text())


# The last one: those who wait go on waiting for seconds.
@pytest.mark.alone
@pytest.mark.parametrize(
    "request_head",
    ["GET /wait?2 HTTP/1.1\r\nHost: x\r\nCookie: sessionid=same", "POST /wait?2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0"],
)
def test_neither_one_login_nor_who_writes_fills_the_places_to_wait(door: Door, request_head: str) -> None:
    with ExitStack() as open_connections:
        for _ in range(MOST_WAITING + THREADS + 1):
            waiting = open_connections.enter_context(door.connect())
            waiting.sendall(f"{request_head}\r\n\r\n".encode())
        time.sleep(0.2)
        assert door.ask("GET / HTTP/1.1\nHost: x\nConnection: close").status == 200
