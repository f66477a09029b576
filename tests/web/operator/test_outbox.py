"""The office's page of messages: the sums, the unknown ones, and the switch after a restore."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role, User
from bekal.messages.channels.sms.standin import Fault, StandIn
from bekal.messages.models import Channel, Delivery, DeliveryState, Message, SendingSwitch
from bekal.messages.queries import stopped_at
from bekal.messages.services import write
from bekal.payouts.messages import REJECTED
from tests.builders import make_user
from tests.messages.phones import send, states, with_phone
from tests.web.conftest import Visit
from tests.web.officers import code_of_now, grow_old
from tests.web.operator.conftest import Enter
from tests.web.reading import body_of, text_of

pytestmark = pytest.mark.usefixtures("db")
URL = "/operator/messages/"


@pytest.fixture
def sari(gateway: StandIn) -> User:
    return with_phone(gateway)


def tell(user: User, amount_idr: int = 600_000) -> Message:
    write(recipient=user, template=REJECTED, about=(about := uuid4()), amount_idr=amount_idr)
    return Message.objects.get(about=about, channel=Channel.SMS)


@pytest.fixture
def unknown(sari: User, gateway: StandIn) -> list[Message]:
    """Three messages of which nobody knows whether they arrived."""
    messages = [tell(sari) for _ in range(3)]
    for _ in messages:
        gateway.script(Fault.SILENT)
        send()
    return messages


def counts(page: str) -> dict[str, list[int]]:
    rows = re.findall(r'<tr role="row" data-kind="([\w.]+)">(.*?)</tr>', page, re.DOTALL)
    return {kind: [int(count) for count in re.findall(r'class="num">(\d+)<', row)] for kind, row in rows}


def shown_on(page: str) -> str:
    """What the form of a kind carries of those that the page counted."""
    (shown,) = re.findall(r'name="shown" value="([0-9a-f]{64})"', page)
    return str(shown)


def test_nothing_yet_is_said(enter: Enter) -> None:
    page = text_of(enter(Role.AUDITOR).get(URL))
    assert "Belum ada yang harus dikirim." in page
    assert "Gerbang SMS belum diatur" in page


def test_the_sums_are_by_kind(enter: Enter, sari: User, gateway: StandIn) -> None:
    tell(sari)
    send()
    gateway.script(Fault.REFUSE, Fault.SILENT)
    for _ in range(2):
        tell(sari)
        send()
    tell(sari)
    page = body_of(enter(Role.AUDITOR).get(URL))
    # Queued, confirmed, of which delivered, failed, expired, unknown, waiting.
    assert counts(page) == {"messages.code": [1, 1, 0, 0, 0, 0, 0], REJECTED: [4, 1, 0, 1, 0, 1, 1]}


@pytest.mark.parametrize(("outcome", "state"), [("sent", "accepted"), ("not_sent", "failed")])
def test_an_operator_settles_those_that_are_chosen(enter: Enter, unknown: list[Message], outcome: str, state: str) -> None:
    operator = enter(Role.OPERATOR)
    page = body_of(operator.get(URL))
    assert [str(message.public_id) in page for message in unknown] == [True] * 3
    form = {"message": [str(unknown[0].public_id), "none", str(uuid4())], "outcome": outcome}
    answer = operator.post(f"{URL}settle/", form, follow=True)
    assert "1 pesan diselesaikan." in text_of(answer)
    assert states()[1:] == [state, "unknown", "unknown"]


def test_an_operator_settles_a_kind(enter: Enter, unknown: list[Message]) -> None:
    operator = enter(Role.OPERATOR)
    form = {"kind": REJECTED, "shown": shown_on(body_of(operator.get(URL))), "outcome": "not_sent"}
    answer = operator.post(f"{URL}settle/", form, follow=True)
    assert "3 pesan diselesaikan." in text_of(answer)
    assert states()[1:] == ["failed"] * len(unknown)


def test_a_kind_is_settled_only_as_the_page_showed_it(enter: Enter, unknown: list[Message]) -> None:
    operator = enter(Role.OPERATOR)
    form = {"kind": REJECTED, "shown": shown_on(body_of(operator.get(URL))), "outcome": "not_sent"}
    operator.post(f"{URL}settle/", {"message": str(unknown[0].public_id), "outcome": "sent"})
    for asked in (form, {**form, "shown": ""}):
        page = operator.post(f"{URL}settle/", asked)
        assert (page.status_code, "sudah berubah sejak halaman ini dibuat" in text_of(page)) == (409, True)
    assert states()[1:] == ["accepted", "unknown", "unknown"]


def test_what_is_being_sent_is_counted_and_not_offered(enter: Enter, sari: User, gateway: StandIn) -> None:
    messages = [tell(sari) for _ in range(3)]
    Delivery.objects.filter(message__in=messages[1:]).update(state=DeliveryState.SENDING)
    operator = enter(Role.OPERATOR)
    page = body_of(operator.get(URL))
    assert counts(page)[REJECTED] == [3, 0, 0, 0, 0, 2, 1]
    assert ("settle/" in page, str(messages[1].public_id) in page) == (False, False)
    answer = operator.post(f"{URL}settle/", {"message": str(messages[1].public_id), "outcome": "not_sent"})
    assert (answer.status_code, "sedang dikirim saat ini" in text_of(answer)) == (409, True)
    assert states()[1:] == ["waiting", "sending", "sending"]


def test_what_is_settled_already_is_explained(enter: Enter, unknown: list[Message]) -> None:
    operator = enter(Role.OPERATOR)
    for status in (302, 409):
        assert operator.post(f"{URL}settle/", {"message": str(unknown[0].public_id), "outcome": "sent"}).status_code == status
    page = operator.post(f"{URL}settle/", {"outcome": "not_sent"})
    assert (page.status_code, "Tidak ada lagi di antara pesan ini" in text_of(page)) == (409, True)


@pytest.mark.parametrize("outcome", [{}, {"outcome": ""}, {"outcome": "yes"}])
def test_nothing_is_settled_without_an_outcome(enter: Enter, unknown: list[Message], outcome: dict[str, str]) -> None:
    page = enter(Role.OPERATOR).post(f"{URL}settle/", {"kind": REJECTED, **outcome})
    assert (page.status_code, "Katakan apakah pesan ini terkirim." in text_of(page)) == (422, True)
    assert enter(Role.AUDITOR).post(f"{URL}settle/", {"kind": REJECTED, **outcome}).status_code == 403
    assert states()[1:] == ["unknown"] * len(unknown)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR])
def test_other_officers_look_and_change_nothing(enter: Enter, unknown: list[Message], role: Role) -> None:
    officer = enter(role)
    page = body_of(officer.get(URL))
    assert (str(unknown[0].public_id) in page, "settle/" in page) == (True, False)
    assert officer.post(f"{URL}settle/", {"kind": REJECTED, "outcome": "sent"}).status_code == 403
    SendingSwitch.objects.update(claims=0)
    send()
    assert "resume/" not in body_of(officer.get(URL))
    assert officer.post(f"{URL}resume/", {"code": code_of_now(1)}).status_code == 403
    assert stopped_at() is not None


def test_sending_goes_on_after_a_restore_when_an_operator_with_a_fresh_code_says_so(enter: Enter, sari: User) -> None:
    tell(sari)
    SendingSwitch.objects.update(claims=0)
    send()
    operator = grow_old(enter(Role.OPERATOR))
    page = operator.get(URL)
    assert "Pengiriman mati sejak pemulihan" in text_of(page)
    assert 'name="code"' in body_of(page)
    assert (operator.post(f"{URL}resume/").status_code, stopped_at() is None) == (403, False)
    answer = operator.post(f"{URL}resume/", {"code": code_of_now(1)}, follow=True)
    assert ("Pesan dikirim lagi." in text_of(answer), stopped_at()) == (True, None)
    assert operator.post(f"{URL}resume/").status_code == 409


def test_only_officers_see_it(visit: Visit) -> None:
    assert Client().get(URL).status_code == 302
    assert visit(make_user(Role.PARTICIPANT)).get(URL).status_code == 403


def test_its_queries_do_not_grow(
    enter: Enter, sari: User, gateway: StandIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    operator = enter(Role.OPERATOR)
    for _ in range(2):
        gateway.script(Fault.SILENT)
        tell(sari)
        send()
        operator.get(URL)
        with django_assert_num_queries(7):
            assert operator.get(URL).status_code == 200
