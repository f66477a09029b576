"""The port to the SMS gateway: what it sends, and which reports it believes."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.test import override_settings
from pytest_django import Settings

from bekal.messages.channels.sms.gateway import MOST_REPORTS, ReportMalformed, ReportUnsigned, connected, read_reports
from bekal.messages.channels.sms.signing import HEADER, is_signed, signature
from bekal.messages.channels.sms.standin import Received, Reports, StandIn
from bekal.messages.models import REASON_CHARACTERS, DeliveryState
from bekal.messages.senders import Answer, Outcome, Outgoing
from bekal.messages.settling import Report

SECRET = "rahasia-uji-" * 4


@pytest.fixture(autouse=True)
def _set(settings: Settings) -> None:
    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = "http://127.0.0.1:9", SECRET


def signed(body: bytes) -> list[Report]:
    return read_reports(body, signature=signature(body, SECRET))


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """The address of a gateway that answers every message like this, for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def answer_of(url: str) -> Outcome:
    with override_settings(BEKAL_SMS_URL=url), connected() as send:
        return send(Outgoing(reference=uuid4(), to="+6281234567890", text="a"))


def test_a_message_is_written_in_the_alphabet_of_phones(gateway: StandIn) -> None:
    outgoing = Outgoing(reference=uuid4(), to="+6281234567890", text="“Kue” – Rp300.000 … it’s")
    with connected() as send:
        assert send(outgoing) == Outcome(Answer.ACCEPTED)
    assert gateway.received() == [Received(str(outgoing.reference), outgoing.to, '"Kue" - Rp300.000 ... it\'s')]


def test_a_secret_that_the_gateway_does_not_know_refuses_no_message(gateway: StandIn, settings: Settings) -> None:
    settings.BEKAL_SMS_SECRET = "x" * 32
    with connected() as send:
        assert send(Outgoing(reference=uuid4(), to="+6281234567890", text="a")) == Outcome(Answer.NOT_TAKEN, "401")
    assert gateway.received() == []


def test_a_gateway_of_no_name_does_not_have_it(settings: Settings) -> None:
    settings.BEKAL_SMS_URL = "http://nowhere.invalid"
    with connected() as send:
        assert send(Outgoing(reference=uuid4(), to="+6281234567890", text="a")).answer is Answer.NOT_TAKEN


@pytest.mark.parametrize(
    ("status", "state"),
    [("sent", DeliveryState.ACCEPTED), ("delivered", DeliveryState.DELIVERED), ("failed", DeliveryState.FAILED)],
)
def test_a_report_is_read(status: str, state: DeliveryState) -> None:
    reference = uuid4()
    body = json.dumps({"reports": [{"reference": str(reference), "status": status, "reason": "a\0\n  b" * 40}]}).encode()
    assert signed(body) == [Report(reference, state, ("a b" * 40)[:64])]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Invalid number +62 812-3456-7890", "Invalid number …"),
        ("081234567890:blocked", "…:blocked"),
        ("route 21211 is full", "route 21211 is full"),
        ("\ud800 gone", "? gone"),
        ("x" * 60 + "081234567890", "x" * 60 + "…"),
    ],
)
def test_what_is_kept_of_a_reason_names_nobody_and_can_be_stored(said: str, kept: str) -> None:
    body = json.dumps({"reports": [{"reference": str(uuid4()), "status": "failed", "reason": said}]}).encode()
    assert [report.reason for report in signed(body)] == [kept]
    with answering(422, json.dumps({"reason": said}).encode()) as url:
        assert answer_of(url).short_reason == f"422 {kept}"[:REASON_CHARACTERS]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"reason": ' + b"[" * 100_000])
def test_a_refusal_that_cannot_be_read_is_one(body: bytes) -> None:
    with answering(422, body) as url:
        outcome = answer_of(url)
    assert (outcome.answer, outcome.short_reason) == (Answer.REFUSED, "422")


@pytest.mark.parametrize("given", ["", "0" * 64, "ü"])
def test_one_that_is_not_signed_counts_for_nothing(given: str) -> None:
    with pytest.raises(ReportUnsigned):
        read_reports(b'{"reports": []}', signature=given)


def test_without_a_gateway_none_counts(settings: Settings) -> None:
    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = "", ""
    with pytest.raises(ReportUnsigned):
        read_reports(b'{"reports": []}', signature=signature(b'{"reports": []}', ""))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"reports": 1}',
        b'{"reports": [1]}',
        b'{"reports": [{}]}',
        b'{"reports": [{"reference": 1, "status": "sent"}]}',
        b'{"reports": [{"reference": "x", "status": "sent"}]}',
        json.dumps({"reports": [{"reference": str(UUID(int=7)), "status": "read"}]}).encode(),
        json.dumps({"reports": [{"reference": str(UUID(int=7)), "status": ["sent"]}]}).encode(),
        json.dumps({"reports": [{}] * (MOST_REPORTS + 1)}).encode(),
        b"[" * 100_000,
    ],
)
def test_one_that_cannot_be_read_counts_for_nothing(body: bytes) -> None:
    with pytest.raises(ReportMalformed):
        signed(body)


class TestStandIn:
    def post(self, stand_in: StandIn, body: Any, secret: str = SECRET) -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.post(f"{stand_in.url}/messages", json=body, headers=headers, trust_env=False).status_code

    def test_keeps_what_was_sent_twice_twice(self, gateway: StandIn) -> None:
        body = {"reference": "r", "to": "+62", "text": "<b>"}
        assert [self.post(gateway, body) for _ in range(2)] == [202, 202]
        assert gateway.received() == [Received("r", "+62", "<b>")] * 2
        page = httpx.get(gateway.url, trust_env=False).text
        assert (page.count("&lt;b&gt;"), "Synthetic" in page) == (2, True)

    @pytest.mark.parametrize("body", [{}, [], "x", {"reference": "r"}])
    def test_refuses_what_is_no_message(self, gateway: StandIn, body: Any) -> None:
        assert (self.post(gateway, body), gateway.received()) == (400, [])

    @pytest.mark.parametrize(
        ("reports", "statuses"),
        [
            (Reports.NONE, []),
            (Reports.PLAIN, ["sent", "delivered"]),
            (Reports.TWICE_REVERSED, ["delivered", "sent", "delivered", "sent"]),
            (Reports.FAILED, ["sent", "failed"]),
        ],
    )
    def test_reports_as_it_is_told(self, gateway: StandIn, reports: Reports, statuses: list[str]) -> None:
        heard: list[tuple[str, bool]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.extend(
                    (one["status"], is_signed(body, SECRET, self.headers[HEADER])) for one in json.loads(body)["reports"]
                )
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
            thread = Thread(target=listener.serve_forever, args=(0.02,))
            thread.start()
            gateway.report_to = f"http://127.0.0.1:{listener.server_address[1]}/"
            gateway.script(reports=reports)
            assert self.post(gateway, {"reference": "r", "to": "+62", "text": "a"}) == 202
            deadline = time.monotonic() + 10
            while len(heard) < len(statuses) and time.monotonic() < deadline:
                time.sleep(0.01)
            listener.shutdown()
            thread.join()
        assert heard == [(status, True) for status in statuses]
