"""What is sent, once, and what is known of it."""

from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from bekal.access.models import Role, User
from bekal.access.tries import Origin
from bekal.core import clock
from bekal.messages import sending
from bekal.messages.channels.sms import gateway as sms
from bekal.messages.channels.sms.standin import Fault, StandIn
from bekal.messages.codes import request_code
from bekal.messages.contacts import choose_topics, forget_contacts
from bekal.messages.models import Channel, Contact, Delivery, DeliveryState, Message
from bekal.messages.queries import sums
from bekal.messages.services import write, write_many
from bekal.messages.settling import Report, record_reports
from bekal.messages.topics import Topic
from tests.builders import make_user, on
from tests.messages.phones import DAY, send, states, texts_to, with_phone
from tests.messages.test_writing import SELECT, VALUES

pytestmark = pytest.mark.django_db


@pytest.fixture
def sari(gateway: StandIn) -> User:
    return with_phone(gateway)


def tell(user: User, template: str = "tests.owed") -> Message:
    """Tell somebody something; returns the message that goes by SMS."""
    about = uuid4()
    write(recipient=user, template=template, about=about, **(VALUES if template == "tests.owed" else {}))
    return Message.objects.get(about=about, channel=Channel.SMS)


def state_of(message: Message) -> str:
    return Delivery.objects.get(message=message).state


class TestWays:
    def test_who_has_a_verified_phone_is_told_by_sms_too(self, sari: User, gateway: StandIn) -> None:
        with on(DAY):
            tell(sari)
            send()
        assert texts_to(gateway) == ['Rp300.000 is owed for "Kue basah" until 15 Juni 2021.']

    def test_who_has_none_is_told_in_the_application_alone(self) -> None:
        write(recipient=make_user(Role.PARTICIPANT), template="tests.given", about=uuid4())
        assert list(Message.objects.values_list("channel", flat=True)) == [Channel.IN_APP]

    def test_a_topic_that_was_refused_does_not_come(self, sari: User) -> None:
        choose_topics(user=sari, wanted=[topic for topic in Topic if topic != Topic.TRAININGS])
        write(recipient=sari, template="tests.owed", about=(about := uuid4()), **VALUES)
        assert list(Message.objects.filter(about=about).values_list("channel", flat=True)) == [Channel.IN_APP]

    def test_what_must_be_told_cannot_be_refused(self, sari: User, gateway: StandIn) -> None:
        choose_topics(user=sari, wanted=[])
        tell(sari, "tests.given")
        send()
        assert texts_to(gateway) == ["Hari terakhir: %(day)s."]

    def test_many_are_told_in_one_statement(self, sari: User, gateway: StandIn) -> None:
        make_user(Role.PARTICIPANT)
        with on(DAY):
            assert write_many(template="tests.owed", select=SELECT, values={"amount_idr": 300_000}) == 3
            send()
        assert texts_to(gateway) == [f'Rp300.000 is owed for "Kue {sari.pk}" until 15 Juni 2021.']

    def test_writing_enqueues_what_sends(self, sari: User) -> None:
        ProcrastinateJob.objects.all().update(status="cancelled")
        tell(sari)
        tell(sari)
        assert ProcrastinateJob.objects.filter(task_name="messages.send", status="todo").count() == 1


ANSWERS = {
    Fault.NONE: ("accepted", 1),
    Fault.REFUSE: ("failed", 0),
    Fault.ERROR: ("unknown", 0),
    Fault.ERROR_AFTER: ("unknown", 1),
    Fault.SILENT: ("unknown", 1),
    Fault.SLOW: ("accepted", 1),
    Fault.BUSY: ("waiting", 0),
}


class TestAnswers:
    @pytest.mark.parametrize("fault", Fault)
    def test_each_is_kept_as_what_it_says(self, sari: User, gateway: StandIn, fault: Fault) -> None:
        message = tell(sari)
        gateway.script(fault)
        send()
        assert (state_of(message), len(texts_to(gateway))) == ANSWERS[fault]

    def test_no_answer_in_time_is_unknown(self, sari: User, gateway: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.2)
        message = tell(sari)
        gateway.script(Fault.SLOW)
        send()
        assert state_of(message) == "unknown"

    def test_what_is_unknown_is_never_sent_again_by_itself(self, sari: User, gateway: StandIn) -> None:
        message = tell(sari)
        gateway.script(Fault.SILENT)
        for _ in range(3):
            send()
        assert (state_of(message), len(texts_to(gateway))) == ("unknown", 1)

    def test_a_gateway_that_is_ill_leaves_one_message_in_doubt(self, sari: User, gateway: StandIn) -> None:
        for _ in range(5):
            tell(sari)
        gateway.script(*[Fault.ERROR] * 5)
        send()
        assert states().count("unknown") == 1
        gateway.script()
        send()
        assert (states().count("accepted"), states().count("unknown")) == (5, 1)

    def test_a_gateway_that_is_away_leaves_what_waits(self, sari: User, gateway: StandIn, settings: object) -> None:
        message = tell(sari)
        settings.BEKAL_SMS_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
        send()
        assert state_of(message) == "waiting"
        settings.BEKAL_SMS_URL = gateway.url  # type: ignore[attr-defined]
        send()
        assert state_of(message) == "accepted"

    def test_without_an_address_it_fails(self, sari: User, gateway: StandIn) -> None:
        message = tell(sari)
        forget_contacts(user=sari)
        send()
        delivery = Delivery.objects.get(message=message)
        assert (delivery.state, delivery.reason, texts_to(gateway)) == ("failed", "no_address", [])

    def test_a_number_that_does_not_open_holds_up_nobody(self, sari: User, gateway: StandIn) -> None:
        other = with_phone(gateway, "+6281299998888")
        Contact.objects.filter(user=other).update(address_sealed=Contact.objects.get(user=sari).address_sealed)
        messages = [tell(user) for user in (sari, other, sari)]
        send()
        assert [state_of(message) for message in messages] == ["accepted", "failed", "accepted"]

    def test_codes_go_before_everything_else(self, sari: User, gateway: StandIn) -> None:
        for _ in range(3):
            tell(sari)
        request_code(user=make_user(Role.PARTICIPANT), number="081399998888", origin=Origin("198.51.100.0/24"))
        send()
        assert gateway.received()[1].to == "+6281399998888"

    def test_what_is_useful_no_more_expires(self, sari: User, gateway: StandIn) -> None:
        message = tell(sari)
        with clock.at(clock.now() + timedelta(days=4)):
            send()
        assert (state_of(message), texts_to(gateway)) == ("expired", [])

    def test_what_a_killed_sender_left_is_unknown(self, sari: User, gateway: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
        message = tell(sari)
        monkeypatch.setattr(sending, "_give_away", killed)
        with pytest.raises(KeyboardInterrupt):
            send()
        monkeypatch.undo()
        assert state_of(message) == "sending"
        send()
        assert state_of(message) == "sending"
        with clock.at(clock.now() + sending.UNANSWERED + timedelta(seconds=1)):
            send()
        assert (state_of(message), texts_to(gateway)) == ("unknown", [])


def killed(*_: object) -> list[object]:
    raise KeyboardInterrupt


STATES = ["accepted", "delivered", "failed"]


class TestReports:
    @pytest.fixture
    def sent(self, sari: User) -> Message:
        message = tell(sari)
        send()
        return message

    def report(self, message: Message, state: str) -> int:
        return record_reports(channel=Channel.SMS, reports=[Report(message.public_id, DeliveryState(state))])

    def test_say_that_it_arrived(self, sent: Message) -> None:
        assert (self.report(sent, "delivered"), state_of(sent)) == (1, "delivered")

    @pytest.mark.parametrize("late", STATES)
    def test_that_come_late_change_nothing(self, sent: Message, late: str) -> None:
        self.report(sent, "delivered")
        assert (self.report(sent, late), state_of(sent)) == (0, "delivered")

    def test_that_come_twice_are_news_once(self, sent: Message) -> None:
        assert [self.report(sent, "failed") for _ in range(2)] == [1, 0]

    def test_settle_what_is_unknown(self, sari: User, gateway: StandIn) -> None:
        message = tell(sari)
        gateway.script(Fault.SILENT)
        send()
        assert (self.report(message, "accepted"), state_of(message)) == (1, "accepted")

    def test_of_what_waits_prevent_that_it_is_sent_again(self, sari: User, gateway: StandIn) -> None:
        message = tell(sari)
        self.report(message, "delivered")
        send()
        assert (state_of(message), texts_to(gateway)) == ("delivered", [])

    def test_of_what_nobody_sent_are_passed_over(self) -> None:
        assert record_reports(channel=Channel.SMS, reports=[Report(uuid4(), DeliveryState.DELIVERED)]) == 0


class TestDatabase:
    def test_lets_a_state_only_move_forward(self, sari: User) -> None:
        rows = Delivery.objects.filter(message=tell(sari))
        order = ["waiting", "sending", "unknown", "expired", "accepted", "failed", "delivered"]
        allowed = []
        for before, after in product(order, order):
            with transaction.atomic():
                if before != "waiting":
                    rows.update(state=before)
                try:
                    with transaction.atomic():
                        rows.update(state=after)
                    allowed.append((before, after))
                except DatabaseError as error:
                    assert "cannot go from" in str(error)  # noqa: PT017 - of 49 ways one after the other
                transaction.set_rollback(True)
        assert allowed == [
            (before, after)
            for before, after in product(order, order)
            if order.index(after) > order.index(before) or (before, after) == ("sending", "waiting")
        ]

    @pytest.mark.usefixtures("sari")
    def test_keeps_every_delivery(self) -> None:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM bekal_messages_delivery")

    def test_knows_no_state_that_the_sum_does_not_count(self, sari: User) -> None:
        message = tell(sari)
        for state in list(DeliveryState):
            with transaction.atomic():
                Delivery.objects.filter(message=message).exclude(state=state).update(state=state)
                (found,) = [each for each in sums() if each.template == "tests.owed"]
                assert (found.queued, found.accounted) == (1, 1)
                transaction.set_rollback(True)


def test_the_sum_counts_both_sides(sari: User, gateway: StandIn, django_assert_num_queries: object) -> None:
    gateway.script(Fault.REFUSE, Fault.SILENT)
    for _ in range(4):
        tell(sari)
    send()
    send()
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = {each.template: each for each in sums()}
    owed = found["tests.owed"]
    assert (owed.queued, owed.confirmed, owed.failed, owed.unknown, owed.waiting) == (4, 2, 1, 1, 0)
    assert (found["messages.code"].queued, found["messages.code"].confirmed) == (1, 1)
