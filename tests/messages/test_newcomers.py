"""Phones of people who have no account yet: nothing that is answered tells whether a number is known."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bekal.access.logins import phone_index
from bekal.access.models import Role, User
from bekal.core import clock
from bekal.core.rotation import rotate_keys
from bekal.core.sealing import version_of
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.codes import A_NUMBER, MOST_TRIES, VALID
from bekal.messages.contacts import number_of, verified_phones
from bekal.messages.errors import CodeMistyped, NoCodeWaiting, PhoneMalformed, SmsAway, TooManyCodes
from bekal.messages.models import Contact, Message
from bekal.messages.newcomers import (
    KEPT,
    adopt_number,
    confirm_newcomer_code,
    newcomer_of,
    request_newcomer_code,
    verified_number,
)
from tests.builders import make_user
from tests.messages.phones import NUMBER, ORIGIN, another, code_sent_to, send, texts_to, with_phone
from tests.threads import race

OTHER = "+6281311112222"


def ask(number: str = NUMBER, network: str = ORIGIN.network, former: UUID | None = None) -> UUID:
    return request_newcomer_code(number=number, network=network, former=former)


def coded(gateway: StandIn, number: str = NUMBER) -> tuple[UUID, str]:
    visitor = ask(number)
    send()
    return visitor, code_sent_to(gateway, number)


def known(number: str = NUMBER) -> User:
    return User.objects.create_user(
        email=None, phone_index=phone_index(number), password=None, name="Known", role=Role.PARTICIPANT
    )


@pytest.mark.django_db
class TestAsking:
    @pytest.mark.parametrize("typed", ["081234567890", "6281234567890", "+62 812-3456-7890"])
    def test_every_spelling_is_one_number(self, gateway: StandIn, typed: str) -> None:
        visitor = ask(typed)
        send()
        assert [received.to for received in gateway.received()] == [NUMBER]
        confirm_newcomer_code(visitor=visitor, code=code_sent_to(gateway))
        assert verified_number(visitor) == NUMBER

    def test_what_is_no_number_is_refused(self, gateway: StandIn) -> None:
        for typed in ("", "0812", "sari@example.org"):
            with pytest.raises(PhoneMalformed):
                ask(typed)
        assert gateway.received() == []

    def test_without_a_gateway_is_refused_and_not_counted(self) -> None:
        for _ in range(A_NUMBER.an_hour + 1):
            with pytest.raises(SmsAway):
                ask()

    def test_makes_no_user(self, gateway: StandIn) -> None:
        coded(gateway)
        assert User.objects.count() == 0

    def test_another_code_forgets_the_former(self, gateway: StandIn) -> None:
        visitor, code = coded(gateway)
        again = ask(former=visitor)
        with pytest.raises(NoCodeWaiting):
            confirm_newcomer_code(visitor=visitor, code=code)
        send()
        confirm_newcomer_code(visitor=again, code=code_sent_to(gateway))
        assert Contact.objects.count() == 1

    def test_too_often_is_refused_and_leaves_the_code(self, gateway: StandIn) -> None:
        for _ in range(A_NUMBER.an_hour - 1):
            ask()
        send()  # side by side: the last code must not overtake
        visitor, code = coded(gateway)
        with pytest.raises(TooManyCodes):
            ask(former=visitor, network="198.51.100.0/24")
        confirm_newcomer_code(visitor=visitor, code=code)

    def test_counts_together_with_people_who_have_an_account(self, gateway: StandIn) -> None:
        with_phone(gateway)
        for _ in range(A_NUMBER.an_hour - 1):
            ask()
        with pytest.raises(TooManyCodes):
            ask()


@pytest.mark.django_db
class TestKnownNumbers:
    def test_get_another_sms_and_no_code(self, gateway: StandIn) -> None:
        known()
        ask()
        send()
        assert texts_to(gateway) == [
            "Nomor ini sudah punya akun Bekal. Masuk dengan nomor ini dan kata sandi Anda. Kalau bukan Anda yang meminta,"
            " abaikan saja."
        ]
        assert len(gateway.received()) == 1

    @pytest.mark.usefixtures("gateway")
    def test_are_answered_with_the_same_work(self) -> None:
        known()
        ask("+6281322223333")  # the first job of the lane
        found = []
        for number in (NUMBER, OTHER):
            with CaptureQueriesContext(connection) as asked:
                visitor = ask(number)
            with CaptureQueriesContext(connection) as typed, pytest.raises(CodeMistyped) as wrong:
                confirm_newcomer_code(visitor=visitor, code="x")
            shown = newcomer_of(visitor)
            assert shown is not None
            found.append((len(asked), len(typed), str(wrong.value), shown.is_verified))
        assert found[0] == found[1]


@pytest.mark.django_db
class TestTyping:
    def test_five_wrong_ones_burn_it(self, gateway: StandIn) -> None:
        visitor, code = coded(gateway)
        for left in reversed(range(MOST_TRIES)):
            with pytest.raises(CodeMistyped) as wrong:
                confirm_newcomer_code(visitor=visitor, code=another(code))
            assert wrong.value.details == {"left": left}
        with pytest.raises(NoCodeWaiting):
            confirm_newcomer_code(visitor=visitor, code=code)

    def test_too_late_opens_nothing(self, gateway: StandIn) -> None:
        visitor, code = coded(gateway)
        with clock.at(clock.now() + VALID), pytest.raises(NoCodeWaiting):
            confirm_newcomer_code(visitor=visitor, code=code)

    def test_twice_is_once(self, gateway: StandIn) -> None:
        visitor, code = coded(gateway)
        for typed in (code, code, "x"):
            confirm_newcomer_code(visitor=visitor, code=typed)
        shown = newcomer_of(visitor)
        assert shown is not None
        assert (shown.is_verified, shown.phone.masked) == (True, "+62 •••••••• 890")

    def test_opens_the_visitors_own_alone(self, gateway: StandIn) -> None:
        (mine, _), (_, other) = coded(gateway), coded(gateway, OTHER)
        with pytest.raises(CodeMistyped):
            confirm_newcomer_code(visitor=mine, code=other)
        with pytest.raises(NoCodeWaiting):
            confirm_newcomer_code(visitor=uuid4(), code=other)


@pytest.mark.django_db
class TestAdopting:
    def test_makes_it_the_accounts_verified_phone(self, gateway: StandIn) -> None:
        visitor, code = coded(gateway)
        user = make_user(Role.PARTICIPANT)
        with pytest.raises(NoCodeWaiting):
            adopt_number(visitor=visitor, user=user)
        confirm_newcomer_code(visitor=visitor, code=code)
        adopt_number(visitor=visitor, user=user)
        assert number_of(verified_phones([user.pk])[user.pk]) == NUMBER
        with pytest.raises(NoCodeWaiting):
            adopt_number(visitor=visitor, user=make_user(Role.PARTICIPANT))

    def test_what_nobody_registered_with_is_forgotten(self, gateway: StandIn) -> None:
        visitor, code = coded(gateway)
        confirm_newcomer_code(visitor=visitor, code=code)
        with clock.at(clock.now() + KEPT + timedelta(seconds=1)):
            assert newcomer_of(visitor) is None
            with pytest.raises(NoCodeWaiting):
                verified_number(visitor)
            ask(OTHER)
        assert [number_of(contact) for contact in Contact.objects.all()] == [OTHER]


def test_keys_rotate_over_newcomers_too(committed_database: str, django_db_blocker: Any, gateway: StandIn) -> None:
    with django_db_blocker.unblock():
        visitor, code = coded(gateway)
        rotate_keys()
        contact = Contact.objects.get()
        assert (version_of(bytes(contact.address_sealed)), version_of(bytes(contact.code.code_sealed))) == (2, 2)
        confirm_newcomer_code(visitor=visitor, code=code)
        assert Message.objects.get().recipient is None


def test_one_code_typed_twice_at_once_is_one_verification(
    committed_database: str, django_db_blocker: Any, gateway: StandIn
) -> None:
    with django_db_blocker.unblock():
        visitor, code = coded(gateway)
        found = race(*[lambda: confirm_newcomer_code(visitor=visitor, code=code)] * 4)
        assert {type(one).__name__ for one in found} <= {"NoneType", "NoCodeWaiting"}
        assert found.count(None) >= 1
        assert Contact.objects.filter(verified_at__isnull=False).count() == 1
