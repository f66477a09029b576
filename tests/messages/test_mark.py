"""A database that was put back is known by a mark outside of it; then nothing is sent until an officer says so."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from bekal.access.errors import RoleMissing
from bekal.access.models import Act, Role, User
from bekal.core import clock
from bekal.messages import mark
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.codes import request_code
from bekal.messages.errors import BeingSent, NothingToSettle, SendingNotStopped, SettledMeanwhile, SmsAway
from bekal.messages.models import Channel, Delivery, DeliveryState, Message, SendingSwitch
from bekal.messages.queries import UnknownKind, digest_of, stopped_at, unknown_deliveries, unknown_kinds
from bekal.messages.services import write
from bekal.messages.settling import Report, record_reports, resume_sending, settle_kind, settle_messages
from tests.builders import make_user
from tests.messages.phones import ORIGIN, send, states, texts_to, with_phone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, settings: Settings) -> None:
    settings.BEKAL_HOME = tmp_path


@pytest.fixture
def sari(gateway: StandIn) -> User:
    return with_phone(gateway)


@pytest.fixture
def operator(db: None) -> User:
    return make_user(Role.OPERATOR)


def tell(user: User) -> Message:
    write(recipient=user, template="tests.given", about=(about := uuid4()))
    return Message.objects.get(about=about, channel=Channel.SMS)


def put_back() -> None:
    """What a restore of an earlier backup does to the number of claims."""
    SendingSwitch.objects.update(claims=0)


class TestMark:
    def test_is_on_the_disk_before_anything_leaves(self, sari: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (before,) = [path.read_text() for path in tmp_path.glob("*.claims")]
        tell(sari)
        seen: list[Path] = []

        def looking(*_: object) -> list[object]:
            seen.extend(tmp_path.glob("*.claims"))
            raise KeyboardInterrupt

        monkeypatch.setattr("bekal.messages.sending._give_away", looking)
        with pytest.raises(KeyboardInterrupt):
            send()
        (after,) = [path.read_text() for path in seen]
        assert int(after) == int(before) + 1 == SendingSwitch.objects.get().claims

    def test_never_goes_back(self) -> None:
        identity = uuid4()
        mark.advance(identity, 5)
        mark.advance(identity, 3)
        assert [mark.was_restored(identity, claims) for claims in (4, 5, 6)] == [True, False, False]

    def test_of_a_database_that_never_sent_is_not_needed(self) -> None:
        assert not mark.was_restored(uuid4(), 0)

    def test_that_is_gone_counts_as_a_restore(self) -> None:
        assert mark.was_restored(uuid4(), 1)

    def test_of_another_database_does_not_count(self) -> None:
        mark.advance(uuid4(), 9)
        assert not mark.was_restored(uuid4(), 0)

    def test_is_left_by_a_restore_into_a_home_that_has_none(self, tmp_path: Path) -> None:
        mark.leave_restored(tmp_path)
        assert mark.was_restored(uuid4(), 0)


class TestStop:
    def test_sends_nothing_and_doubts_what_waited(self, sari: User, gateway: StandIn) -> None:
        tell(sari)
        put_back()
        send()
        assert (states(), texts_to(gateway)) == (["accepted", "unknown"], [])
        assert stopped_at() is not None
        assert Act.objects.get(verb="messages.stop").details == {"unknown": 1}

    def test_lasts_until_an_operator_ends_it(self, sari: User, gateway: StandIn, operator: User) -> None:
        tell(sari)
        put_back()
        send()
        tell(sari)
        send()
        assert states() == ["accepted", "unknown", "waiting"]
        resume_sending(actor=operator)
        send()
        send()
        assert states() == ["accepted", "unknown", "accepted"]
        assert (len(texts_to(gateway)), stopped_at()) == (1, None)

    def test_doubts_also_what_would_have_expired(self, sari: User) -> None:
        tell(sari)
        put_back()
        with clock.at(clock.now() + timedelta(days=9)):
            send()
        assert states() == ["accepted", "unknown"]

    def test_is_noticed_without_a_gateway_too(self, sari: User, settings: Settings) -> None:
        tell(sari)
        put_back()
        settings.BEKAL_SMS_URL = ""
        send()
        assert (states(), stopped_at() is None) == (["accepted", "unknown"], False)

    def test_makes_no_codes(self, sari: User) -> None:
        put_back()
        send()
        tell(sari)
        send()
        with pytest.raises(SmsAway):
            request_code(user=make_user(Role.PARTICIPANT), number="081311112222", origin=ORIGIN)

    @pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.APPROVER, Role.AUDITOR])
    def test_is_ended_by_operators_alone(self, role: Role) -> None:
        with pytest.raises(RoleMissing):
            resume_sending(actor=make_user(role))

    def test_is_ended_once(self, operator: User) -> None:
        with pytest.raises(SendingNotStopped):
            resume_sending(actor=operator)


class TestSettling:
    @pytest.fixture
    def unknown(self, sari: User) -> list[Message]:
        messages = [tell(sari) for _ in range(3)]
        put_back()
        send()
        return messages

    @pytest.mark.parametrize(("was_sent", "state"), [(True, "accepted"), (False, "failed")])
    def test_says_what_became_of_some(self, unknown: list[Message], operator: User, was_sent: bool, state: str) -> None:
        references = [message.public_id for message in unknown[:2]]
        assert settle_messages(references=references, was_sent=was_sent, actor=operator) == 2
        assert states()[1:] == [state, state, "unknown"]
        assert [delivery.message for delivery in unknown_deliveries()] == unknown[2:]
        assert Delivery.objects.get(message=unknown[0]).settled_by == operator
        assert Act.objects.get(verb="messages.settle").details == {"outcome": state, "messages": 2, "kind": None}

    def test_says_it_of_a_whole_kind(self, unknown: list[Message], operator: User) -> None:
        shown = digest_of([message.pk for message in unknown])
        assert unknown_kinds() == [UnknownKind("tests.given", 3, shown)]
        assert settle_kind(template="tests.given", shown=shown, was_sent=False, actor=operator) == len(unknown)
        assert (states()[1:], unknown_kinds()) == (["failed"] * 3, [])

    def test_says_of_a_kind_only_what_was_seen(self, unknown: list[Message], operator: User, sari: User) -> None:
        """One more is unknown, or another in the place of one: as many, and still not those that were seen."""
        shown = digest_of([message.pk for message in unknown])
        for settled in (None, unknown[0]):
            if settled is not None:
                settle_messages(references=[settled.public_id], was_sent=True, actor=operator)
            more = tell(sari)
            Delivery.objects.filter(message=more).update(state=DeliveryState.UNKNOWN)
            with pytest.raises(SettledMeanwhile):
                settle_kind(template="tests.given", shown=shown, was_sent=False, actor=operator)
            shown = digest_of([delivery.pk for delivery in unknown_deliveries()])
        assert states()[1:] == ["accepted", *["unknown"] * 4]

    def test_waits_for_what_is_being_sent(self, unknown: list[Message], operator: User, sari: User) -> None:
        sending = tell(sari)
        Delivery.objects.filter(message=sending).update(state=DeliveryState.SENDING)
        assert [delivery.message for delivery in unknown_deliveries()] == unknown
        with pytest.raises(BeingSent):
            settle_messages(references=[unknown[0].public_id, sending.public_id], was_sent=False, actor=operator)
        shown = digest_of([message.pk for message in unknown])
        assert settle_kind(template="tests.given", shown=shown, was_sent=False, actor=operator) == 3
        assert states()[1:] == [*["failed"] * 3, "sending"]

    def test_sends_nothing_again(self, unknown: list[Message], operator: User, gateway: StandIn) -> None:
        settle_messages(references=[unknown[0].public_id], was_sent=False, actor=operator)
        resume_sending(actor=operator)
        send()
        assert texts_to(gateway) == []

    def test_of_what_is_known_changes_nothing(self, unknown: list[Message], operator: User) -> None:
        record_reports(channel=Channel.SMS, reports=[Report(unknown[0].public_id, DeliveryState.DELIVERED)])
        with pytest.raises(NothingToSettle):
            settle_messages(references=[unknown[0].public_id], was_sent=False, actor=operator)

    def test_gives_way_to_a_report(self, unknown: list[Message], operator: User) -> None:
        settle_messages(references=[unknown[0].public_id], was_sent=False, actor=operator)
        record_reports(channel=Channel.SMS, reports=[Report(unknown[0].public_id, DeliveryState.DELIVERED)])
        assert states()[1] == "delivered"

    @pytest.mark.usefixtures("unknown")
    @pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.APPROVER, Role.AUDITOR])
    def test_is_for_operators_alone(self, role: Role) -> None:
        with pytest.raises(RoleMissing):
            settle_kind(template="tests.given", shown="", was_sent=True, actor=make_user(role))
