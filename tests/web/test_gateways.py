"""What a gateway posts: believed where it is signed, in any order, any number of times."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from bekal.access.models import Role
from bekal.messages.channels.sms.gateway import MOST_REPORTS
from bekal.messages.channels.sms.signing import HEADER, signature
from bekal.messages.models import Channel, Delivery, Message
from bekal.messages.services import send_alone
from bekal.web.bodies import most_bytes
from tests.builders import make_user

SECRET = "rahasia-uji-" * 4
ADDRESS = "/gateways/sms/reports/"


@pytest.fixture(autouse=True)
def _set(settings: Settings) -> None:
    settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = "http://127.0.0.1:9", SECRET


@pytest.fixture
def message(db: None) -> Message:
    return send_alone(recipient=make_user(Role.PARTICIPANT), template="messages.code", about=uuid4(), channel=Channel.SMS)


def report(message: Message, *statuses: str, secret: str = SECRET) -> tuple[int, object]:
    body = json.dumps({"reports": [{"reference": str(message.public_id), "status": status} for status in statuses]}).encode()
    answer = Client(enforce_csrf_checks=True).post(
        ADDRESS, body, content_type="application/json", headers={HEADER: signature(body, secret)}
    )
    return answer.status_code, answer.json()


def test_reports_twice_and_in_any_order_leave_what_says_most(message: Message) -> None:
    for statuses in (("delivered",), ("sent",), ("delivered", "sent"), ("failed",)):
        assert report(message, *statuses) == (200, {"reports": len(statuses)})
    assert Delivery.objects.get().state == "delivered"


def test_as_many_reports_as_may_come_at_once_fit_into_a_body() -> None:
    one = {"reference": str(uuid4()), "status": "delivered", "reason": "handset switched off"}
    assert len(json.dumps({"reports": [one] * MOST_REPORTS})) <= most_bytes(ADDRESS)


def test_what_is_not_signed_changes_nothing(message: Message) -> None:
    assert report(message, "delivered", secret="x" * 32) == (403, {"error": "report_unsigned"})
    assert Delivery.objects.get().state == "waiting"


def test_what_cannot_be_read_changes_nothing(message: Message) -> None:
    assert report(message, "delivered", "read") == (422, {"error": "report_malformed"})
    assert Delivery.objects.get().state == "waiting"


def test_nothing_is_done_by_looking(db: None) -> None:
    assert Client().get(ADDRESS).status_code == 405
