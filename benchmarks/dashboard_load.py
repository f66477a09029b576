"""An open loop of requests: each is sent when it is due, whatever has become of those before it."""

import gzip
import random
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import Final

_SENDERS: Final = 64
_PATIENCE_SECONDS: Final = 30
_GRACE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, about whom, and a text that the right answer holds."""

    who: int
    path: str
    headers: Mapping[str, str]
    expected: bytes
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request.

    Attributes:
        milliseconds: from the moment at which it was due to its last byte: time that it waited for a sender counts.
        waited_milliseconds: how much of that had passed when it was sent.
        problem: empty where the answer is the right one.
    """

    request: Request
    milliseconds: float
    waited_milliseconds: float
    problem: str


@dataclass(frozen=True, slots=True)
class Load:
    """All answers, in any order, and the share of one core that asking took."""

    answers: list[Answer]
    core_share: float


def send(requests: Sequence[Request], *, port: int, per_second: float, seed: int) -> Load:
    """Send the requests as people who know nothing of each other do: at exponential distances, each on an own connection."""
    chance = random.Random(seed)
    due = time.monotonic() + _GRACE_SECONDS
    waiting: deque[tuple[float, Request]] = deque()
    for request in requests:
        due += chance.expovariate(per_second)
        waiting.append((due, request))
    answers: list[Answer] = []
    senders = [Thread(target=_send_waiting, args=(waiting, port, answers)) for _ in range(min(_SENDERS, len(requests)))]
    began, used = time.monotonic(), time.process_time()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return Load(answers, (time.process_time() - used) / (time.monotonic() - began))


def _send_waiting(waiting: deque[tuple[float, Request]], port: int, answers: list[Answer]) -> None:
    while True:
        try:
            due, request = waiting.popleft()
        except IndexError:
            return
        time.sleep(max(due - time.monotonic(), 0))
        sent = time.monotonic()
        status, body, problem = _answered(request, port)
        took = time.monotonic() - due
        answers.append(Answer(request, took * 1000, (sent - due) * 1000, problem or _problem(request, status, body)))


def _answered(request: Request, port: int) -> tuple[int, bytes, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET" if request.body is None else "POST", request.path, request.body, dict(request.headers))
        response = connection.getresponse()
        return response.status, response.read(), ""
    except (OSError, HTTPException) as error:
        return 0, b"", repr(error)
    finally:
        connection.close()


def _problem(request: Request, status: int, body: bytes) -> str:
    page = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    if status == 200 and request.expected in page:
        return ""
    return f"status {status}, {len(page)} bytes, not the page that was asked for"
