"""Bodies in chunks, as a server hands them on and as clients send them."""

import http.client
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bekal.access.keys import make_key
from bekal.web.bodies import Environ, with_lengths
from tests.web.browsing import served

MOST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class Trickle(BytesIO):
    """Gives a few bytes at a time, as a network does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1_000) if size and size > 0 else 1_000)


def handed_on(body: bytes, **environ: Any) -> tuple[str | None, bytes]:
    """The length and the body that an application is told of a request that a server received."""
    seen: list[Environ] = []

    def application(environ: Environ, _start_response: Any) -> list[bytes]:
        seen.append(environ)
        return []

    given: Environ = {"REQUEST_METHOD": "POST", "wsgi.input": Trickle(body), "wsgi.input_terminated": True, **environ}
    with_lengths(application)(given, lambda *_: None)
    (told,) = seen
    return told.get("CONTENT_LENGTH"), b"" if told["wsgi.input"] is None else BytesIO(
        b"".join(iter(told["wsgi.input"].read, b""))
    ).read()


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * MOST])
def test_a_body_without_a_length_gets_one(body: bytes) -> None:
    assert handed_on(body) == (str(len(body)), body)


@pytest.mark.parametrize("over", [1, 1_000_000])
def test_of_a_body_that_is_too_large_nothing_is_handed_on(over: int) -> None:
    assert handed_on(b"x" * (MOST + over)) == (str(MOST + 1), b"")


@pytest.mark.parametrize(
    ("environ", "length"),
    [({"CONTENT_LENGTH": "3"}, "3"), ({"REQUEST_METHOD": "GET"}, None), ({"wsgi.input_terminated": False}, None)],
)
def test_what_has_a_length_no_body_or_no_end_is_left_alone(environ: Environ, length: str | None) -> None:
    assert handed_on(b"abc", **environ) == (length, b"abc")


@pytest.fixture
def site(committed_database: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where a site is served on which nothing is, and a key of its API."""
    key = make_key(name="dashboard")
    with served(database=committed_database, home=tmp_path) as url:
        yield url.removeprefix("http://"), key


def send(host: str, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    """The answer to a POST in chunks of 1,000 bytes."""
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        chunks = [body[start : start + 1_000] for start in range(0, len(body), 1_000)]
        connection.request("POST", path, iter(chunks), {**headers, "Transfer-Encoding": "chunked"}, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.slow
def test_a_served_site_reads_chunks(site: tuple[str, str]) -> None:
    host, key = site
    api = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def asked(body: bytes) -> tuple[int, str]:
        status, answer = send(host, "/api/v1/recommendations", body, **api)
        return status, json.loads(answer)["error"]["code"]

    assert asked(b'{"balance_idr": 300000}') == (503, "no_model")
    assert asked(b'{"balance_idr": -1}') == (422, "fields_invalid")
    assert asked(b'{"balance_idr": 1, "history": ["' + b"x" * 100_000 + b'"]}') == (413, "body_too_large")
    assert asked(b" " * (MOST + 100_000)) == (413, "body_too_large")

    # A form: what it sends is read, and so the token that protects it is found.
    page = http.client.HTTPConnection(host, timeout=20)
    page.request("GET", "/accounts/login/")
    shown = page.getresponse()
    text, cookie = shown.read().decode(), str(shown.headers["Set-Cookie"]).partition(";")[0]
    page.close()
    token = text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = f"csrfmiddlewaretoken={token}&login=nobody%40example.com&password=x".encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    status, answer = send(host, "/accounts/login/", form, **kind)
    assert (status, b"nobody@example.com" in answer) == (200, True)
