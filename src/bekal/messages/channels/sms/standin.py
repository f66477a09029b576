"""A local stand-in for an SMS gateway: it takes messages, reports on them, and fails as it is told to. It sends nothing.

The demo, the tests and the benchmark use it; it listens on this machine alone. `python -m bekal.messages.channels.sms.standin`
runs it as a process of its own.

| address | what |
|---|---|
| POST /messages | takes a message, as a gateway does; the next of the script's faults is what becomes of it |
| GET / | what it received, for people |
"""

import argparse
import html
import json
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx

from bekal.messages.channels.sms.signing import HEADER, signature

_SHOWN: Final = 100
_MOST_BODY_BYTES: Final = 10_000
_REPORT_TRIES: Final = 20
_REPORT_PAUSE_SECONDS: Final = 0.5
SLOW_SECONDS: Final = 0.5


class Fault(StrEnum):
    """What becomes of one message, in the order of a script; after its end everything goes well."""

    NONE = "none"
    REFUSE = "refuse"
    """It is not taken: 422 with a reason."""
    ERROR = "error"
    """It is not taken, and the answer is 500."""
    ERROR_AFTER = "error_after"
    """It is taken, and the answer is 500."""
    SILENT = "silent"
    """It is taken, and the connection ends without an answer."""
    SLOW = "slow"
    """It is taken after half a second."""
    BUSY = "busy"
    """It is not taken: 429."""


class Reports(StrEnum):
    """How delivery reports come."""

    NONE = "none"
    PLAIN = "plain"
    """"sent", then "delivered"."""
    TWICE_REVERSED = "twice_reversed"
    """"delivered", then "sent", then both again."""
    FAILED = "failed"
    """"sent", then "failed"."""


_STATUSES: Final[Mapping[Reports, Sequence[str]]] = {
    Reports.NONE: (),
    Reports.PLAIN: ("sent", "delivered"),
    Reports.TWICE_REVERSED: ("delivered", "sent", "delivered", "sent"),
    Reports.FAILED: ("sent", "failed"),
}
_TAKEN: Final = frozenset({Fault.NONE, Fault.ERROR_AFTER, Fault.SILENT, Fault.SLOW})
_ANSWERS: Final = {
    Fault.REFUSE: (HTTPStatus.UNPROCESSABLE_ENTITY, "scripted"),
    Fault.ERROR: (HTTPStatus.INTERNAL_SERVER_ERROR, "scripted"),
    Fault.ERROR_AFTER: (HTTPStatus.INTERNAL_SERVER_ERROR, "scripted"),
    Fault.BUSY: (HTTPStatus.TOO_MANY_REQUESTS, "scripted"),
}


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was taken."""

    reference: str
    to: str
    text: str


class StandIn:
    """A running stand-in.

    Attributes:
        url: what `BEKAL_SMS_URL` is to be.
        secret: what `BEKAL_SMS_SECRET` is to be.
        report_to: where reports are posted; None posts none.
    """

    def __init__(self, *, secret: str, report_to: str | None = None, port: int = 0, journal: Path | None = None) -> None:
        """Args:
        secret, report_to: as above.
        port: where it listens; 0 takes one that is free.
        journal: a file to which each message is appended, on the disk before it is answered.
        """
        self.secret, self.report_to, self._journal = secret, report_to, journal
        self._lock = threading.Lock()
        self._received: list[Received] = []
        self._faults: deque[Fault] = deque()
        self._reports = Reports.PLAIN
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *faults: Fault, reports: Reports = Reports.PLAIN) -> None:
        """What becomes of the next messages, one each, and how reports come from now on."""
        with self._lock:
            self._faults, self._reports = deque(faults), reports

    def received(self) -> list[Received]:
        """What was taken so far, in order; a message that was sent twice is there twice."""
        with self._lock:
            return list(self._received)

    def serve(self) -> None:
        """Answer until it is stopped."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Answer nothing more."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, given: Any) -> tuple[Fault, str]:
        """What becomes of a message, with its reason; it is kept where it is taken."""
        message = Received(reference=str(given["reference"]), to=str(given["to"]), text=str(given["text"]))
        with self._lock:
            fault = self._faults.popleft() if self._faults else Fault.NONE
            reports = _STATUSES[self._reports]
        if fault is Fault.SLOW:
            time.sleep(SLOW_SECONDS)
        if fault in _TAKEN:
            self._keep(message)
            if self.report_to is not None and reports:
                threading.Thread(target=self._report, args=(message.reference, reports), daemon=True).start()
        return fault, _ANSWERS[fault][1] if fault in _ANSWERS else ""

    def _keep(self, message: Received) -> None:
        with self._lock:
            self._received.append(message)
            if self._journal is not None:
                with self._journal.open("a", encoding="utf-8") as file:
                    # The end of a line that a kill cut off would make this one unreadable too.
                    file.write(f"\n{json.dumps(asdict(message))}\n")
                    file.flush()
                    os.fsync(file.fileno())

    def _report(self, reference: str, statuses: Sequence[str]) -> None:
        for status in statuses:
            body = json.dumps({"reports": [{"reference": reference, "status": status}]}).encode()
            for _ in range(_REPORT_TRIES):
                try:
                    answer = httpx.post(
                        str(self.report_to), content=body, headers={HEADER: signature(body, self.secret)}, trust_env=False
                    )
                    if answer.is_success:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(_REPORT_PAUSE_SECONDS)

    def page(self) -> str:
        """What was received, newest first, for people."""
        shown = self.received()[-_SHOWN:]
        rows = "".join(
            f"<li><strong>{html.escape(one.to)}</strong><p>{html.escape(one.text)}</p></li>" for one in reversed(shown)
        )
        return _PAGE.format(rows=rows or "<li>–</li>", count=Counter(one.reference for one in self.received()).total())


_PAGE: Final = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><title>SMS (sintetis)</title></head>
<body><main><h1>SMS (sintetis)</h1>
<p>Tidak ada yang benar-benar dikirim. <span lang="en">Synthetic: nothing is really sent.</span></p>
<p>{count}</p><ol reversed>{rows}</ol></main></body></html>
"""


@contextmanager
def running(*, secret: str, report_to: str | None = None, port: int = 0) -> Iterator[StandIn]:
    """A stand-in that answers for the length of a block, from a thread of this process."""
    stand_in = StandIn(secret=secret, report_to=report_to, port=port)
    thread = threading.Thread(target=stand_in.serve, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.stop()
        thread.join()


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _MOST_BODY_BYTES or self.headers.get("Authorization") != f"Bearer {stand_in.secret}":
                self.close_connection = True
                self._answer(HTTPStatus.UNAUTHORIZED, "application/json", b"{}")
                return
            try:
                fault, reason = stand_in.take(json.loads(self.rfile.read(length)))
            except (KeyError, TypeError, ValueError):
                self._answer(HTTPStatus.BAD_REQUEST, "application/json", b'{"reason": "malformed"}')
                return
            if fault is Fault.SILENT:
                self.close_connection = True
                return
            status = _ANSWERS[fault][0] if fault in _ANSWERS else HTTPStatus.ACCEPTED
            self._answer(status, "application/json", json.dumps({"reason": reason}).encode())

        def do_GET(self) -> None:
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", stand_in.page().encode())

        def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: numbers and codes are in what it would write."""

    return Handler


def main(given: Sequence[str] | None = None) -> int:
    """Run a stand-in until it is told to end; its secret is a line of standard input."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--report-to", metavar="URL")
    parser.add_argument("--journal", type=Path, metavar="FILE")
    arguments = parser.parse_args(given)
    secret = sys.stdin.readline().strip()
    stand_in = StandIn(secret=secret, report_to=arguments.report_to, port=arguments.port, journal=arguments.journal)
    sys.stdout.write(f"{stand_in.url}\n")
    sys.stdout.flush()
    stand_in.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
