"""The port to an SMS gateway: one message a request, and the reports that come back.

A message is `POST <gateway>/messages` with the secret as bearer token and {"reference", "to", "text"}. 202 means that the gateway
has it. 401, 429 and a connection that could not be made mean that it has not; every other 4xx that it refuses; anything else,
silence included, that nobody knows.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import httpx
from django.conf import settings

from bekal.core.errors import Forbidden, Invalid
from bekal.messages.channels.sms.signing import is_signed
from bekal.messages.models import Channel, DeliveryState
from bekal.messages.senders import Answer, Outcome, Outgoing, Send, Sender, kept_of, register_sender
from bekal.messages.settling import Report

TIMEOUT_SECONDS: Final = 10.0
MOST_REPORTS: Final = 500

# What a phone's own alphabet (GSM 03.38) lacks would more than halve what fits into one SMS.
_PLAIN: Final = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})
_NUMBER: Final = re.compile(r"[+]?\d(?:[ ().-]{0,2}\d){6,}")
_STATES: Final = {
    "sent": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "failed": DeliveryState.FAILED,
}


class ReportUnsigned(Forbidden):
    """A report that the gateway did not sign."""

    code = "report_unsigned"


class ReportMalformed(Invalid):
    """A report that cannot be read."""

    code = "report_malformed"


def register() -> None:
    """Make known how SMS are sent."""
    register_sender(Channel.SMS, Sender(is_set=is_set, connected=connected))


def is_set() -> bool:
    """Whether the installation names a gateway."""
    return bool(settings.BEKAL_SMS_URL)


@contextmanager
def connected() -> Iterator[Send]:
    """What gives one message to the gateway, for the length of a block."""
    # Neither a proxy nor a password that the machine's environment names for other purposes.
    with httpx.Client(
        base_url=settings.BEKAL_SMS_URL,
        headers={"Authorization": f"Bearer {settings.BEKAL_SMS_SECRET}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    ) as client:
        yield partial(_send, client)


def _send(client: httpx.Client, outgoing: Outgoing) -> Outcome:
    body = {"reference": str(outgoing.reference), "to": outgoing.to, "text": outgoing.text.translate(_PLAIN)}
    try:
        answer = client.post("/messages", json=body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return Outcome(Answer.NOT_TAKEN, type(error).__name__)
    except httpx.HTTPError as error:
        return Outcome(Answer.UNKNOWN, type(error).__name__)
    if answer.status_code == HTTPStatus.ACCEPTED:
        return Outcome(Answer.ACCEPTED)
    # A secret that the gateway does not know is the installation's fault, and must not fail all that waits.
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS):
        return Outcome(Answer.NOT_TAKEN, str(answer.status_code))
    if answer.is_client_error:
        return Outcome(Answer.REFUSED, f"{answer.status_code} {_reason(answer)}")
    return Outcome(Answer.UNKNOWN, str(answer.status_code))


def read_reports(body: bytes, *, signature: str) -> list[Report]:
    """The reports of one request: {"reports": [{"reference", "status", "reason"}]}.

    Args:
        signature: of the body, as its header says it.

    Raises:
        ReportUnsigned: it is not the gateway's, or the installation has none.
        ReportMalformed: it cannot be read; none of its reports counts.
    """
    if not is_set() or not is_signed(body, settings.BEKAL_SMS_SECRET, signature):
        raise ReportUnsigned
    try:
        listed = json.loads(body)["reports"]
        if not isinstance(listed, list) or len(listed) > MOST_REPORTS:
            raise ReportMalformed(reason="reports")
        return [_report(given) for given in listed]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ReportMalformed(reason=type(error).__name__) from error


def _report(given: Any) -> Report:
    reason = kept_of(_without_numbers(given.get("reason", "")))
    return Report(reference=UUID(given["reference"]), state=_STATES[given["status"]], reason=reason)


def _reason(answer: httpx.Response) -> str:
    try:
        return _without_numbers(answer.json()["reason"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""


def _without_numbers(reason: object) -> str:
    # Gateways repeat the number that they refuse; here nobody could forget it with its person.
    return _NUMBER.sub("…", str(reason))
