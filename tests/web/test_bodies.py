"""Bodies in chunks, whose length nobody announces."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bekal.access.keys import make_key
from bekal.web.bodies import MOST_BODY_BYTES
from tests.web.browsing import served


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
    assert asked(b" " * (MOST_BODY_BYTES + 100_000)) == (413, "body_too_large")

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
