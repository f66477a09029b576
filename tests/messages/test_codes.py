"""One-time codes: counted before they are made and before they are compared, used once, written down nowhere."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from bekal.access.errors import RoleMissing
from bekal.access.models import Act, Role, User
from bekal.access.services import erase_login
from bekal.access.tries import Origin, come_in
from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.messages import codes
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.codes import A_NETWORK, A_NUMBER, A_PERSON, MOST_TRIES, confirm_code, request_code
from bekal.messages.contacts import choose_topics, forget_contacts, number_of, phones_of
from bekal.messages.errors import CodeMistyped, NoCodeWaiting, PhoneMalformed, PhoneVerified, SmsAway, TooManyCodes
from bekal.messages.models import CodeRequest, Contact, Message, OneTimeCode, Refusal
from bekal.messages.services import write
from bekal.payouts.messages import REJECTED
from tests.builders import make_user, on
from tests.messages.phones import DAY, NUMBER, ORIGIN, another, code_sent_to, send, states, texts_to, with_phone
from tests.threads import wait_until_somebody_waits


@pytest.fixture
def sari(db: None) -> User:
    return make_user(Role.PARTICIPANT)


def ask(user: User, number: str = NUMBER, network: str = ORIGIN.network, token: str | None = None) -> None:
    request_code(user=user, number=number, origin=Origin(network, token))


def answer_to(user: User, number: str = NUMBER) -> str:
    """What a request from a thread of its own is answered."""
    try:
        ask(user, number)
    except BekalError as error:
        return error.code
    finally:
        connections.close_all()
    return "sent"


@pytest.mark.django_db
class TestAsking:
    @pytest.mark.parametrize("typed", ["081234567890", "6281234567890", "+62 812-3456-7890", "  0812 3456 7890"])
    def test_every_spelling_is_one_number(self, sari: User, gateway: StandIn, typed: str) -> None:
        ask(sari, typed)
        send()
        assert [received.to for received in gateway.received()] == [NUMBER]

    @pytest.mark.parametrize("typed", ["", "0812", "nomor saya", "0812345678901234567", "0812\u202e34567890x"])
    def test_what_is_no_number_is_refused(self, sari: User, typed: str) -> None:
        with pytest.raises(PhoneMalformed):
            ask(sari, typed)
        assert Contact.objects.count() == 0

    def test_writes_the_code_into_the_sms_and_nowhere_else(self, sari: User, gateway: StandIn) -> None:
        ask(sari)
        send()
        code = code_sent_to(gateway)
        assert gateway.received()[0].text == (
            f"Kode Anda untuk Bekal: {code}. Berlaku 10 menit. Jangan pernah memberitahukannya kepada siapa pun."
        )
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                if table.startswith(("bekal_messages", "access", "procrastinate")):
                    cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text ~ %s', [rf"\m{code}\M|{NUMBER[1:]}"])
                    assert cursor.fetchone() == (0,), table

    def test_of_a_number_that_another_person_has_is_answered_alike(self, sari: User, gateway: StandIn) -> None:
        with_phone(gateway)
        ask(sari)
        send()
        confirm_code(user=sari, code=code_sent_to(gateway))
        assert Contact.objects.filter(verified_at__isnull=False).count() == 2

    def test_of_ones_own_verified_number_is_refused(self, gateway: StandIn) -> None:
        owner = with_phone(gateway)
        with pytest.raises(PhoneVerified):
            ask(owner)

    def test_without_a_gateway_is_refused_and_not_counted(self, sari: User) -> None:
        for _ in range(A_NUMBER.an_hour + 1):
            with pytest.raises(SmsAway):
                ask(sari)

    def test_another_number_keeps_the_verified_one_until_it_is_confirmed(self, gateway: StandIn) -> None:
        owner = with_phone(gateway)
        ask(owner, "0813 1111 2222")
        send()
        verified, waiting = phones_of(owner)
        assert verified is not None
        assert waiting is not None
        assert (verified.masked[-3:], waiting.masked[-3:]) == ("890", "222")
        confirm_code(user=owner, code=code_sent_to(gateway, "+6281311112222"))
        verified, waiting = phones_of(owner)
        assert verified is not None
        assert (verified.masked, waiting) == ("+62 •••••••• 222", None)

    def test_the_former_number_is_told_and_then_forgotten(self, gateway: StandIn) -> None:
        owner = with_phone(gateway)
        ask(owner, "0813 1111 2222")
        send()
        confirm_code(user=owner, code=code_sent_to(gateway, "+6281311112222"))
        assert Contact.objects.count() == 2
        send()
        told = "Telepon lain sudah dikonfirmasi untuk akun Bekal Anda; nomor ini tidak menerima pesan lagi. "
        told += "Jika bukan Anda, ganti kata sandi Anda dan beri tahu kantor program."
        assert (texts_to(gateway), texts_to(gateway, "+6281311112222")) == ([told], [])
        assert [number_of(contact) for contact in Contact.objects.all()] == ["+6281311112222"]

    def test_a_former_number_is_told_nothing_more(self, gateway: StandIn) -> None:
        owner = with_phone(gateway)
        ask(owner, "0813 1111 2222")
        send()
        confirm_code(user=owner, code=code_sent_to(gateway, "+6281311112222"))
        write(recipient=owner, template=REJECTED, about=uuid4(), amount_idr=600_000)
        send()
        assert (len(texts_to(gateway)), len(texts_to(gateway, "+6281311112222"))) == (1, 1)
        ask(owner, NUMBER)
        send()
        confirm_code(user=owner, code=code_sent_to(gateway))
        forget_contacts(user=owner)
        assert Contact.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("gateway")
class TestThrottling:
    def test_of_a_number_leaves_the_code_that_is_valid(self, sari: User, gateway: StandIn) -> None:
        with on(DAY):
            for _ in range(A_NUMBER.an_hour):
                ask(sari)
            send()
            with pytest.raises(TooManyCodes):
                ask(sari)
            send()
            assert len(gateway.received()) == 1  # the earlier ones were void before they could leave
            confirm_code(user=sari, code=code_sent_to(gateway))
        assert states() == ["failed"] * (A_NUMBER.an_hour - 1) + ["accepted"]

    def test_of_a_number_counts_whoever_asks(self) -> None:
        for place in range(A_NUMBER.an_hour):
            ask(make_user(Role.PARTICIPANT), network=f"198.51.{place}.0/24")
        with pytest.raises(TooManyCodes):
            ask(make_user(Role.PARTICIPANT), network="198.51.99.0/24")

    def test_of_a_number_leaves_what_is_its_owners_in_a_browser_that_was_known(self, sari: User) -> None:
        for _ in range(A_NUMBER.an_hour):
            ask(make_user(Role.PARTICIPANT))
        token = come_in(user=sari, origin=ORIGIN)
        with pytest.raises(TooManyCodes):  # whoever has come in for the first time is nobody yet
            ask(sari, token=token)
        with clock.at(clock.now() + timedelta(seconds=1)):
            assert come_in(user=sari, origin=replace(ORIGIN, token=token)) == token
        for _ in range(A_NUMBER.an_hour):
            ask(sari, token=token)
        with pytest.raises(TooManyCodes):
            ask(sari, token=token)

    def test_of_a_number_is_not_used_up_in_known_browsers(self, sari: User) -> None:
        token = come_in(user=sari, origin=ORIGIN)
        with clock.at(clock.now() + timedelta(seconds=1)):
            come_in(user=sari, origin=replace(ORIGIN, token=token))
        for _ in range(A_NUMBER.an_hour):
            ask(sari, token=token)
        for _ in range(A_NUMBER.an_hour):
            ask(make_user(Role.PARTICIPANT), token=token)  # which is known for another account
        with pytest.raises(TooManyCodes):
            ask(make_user(Role.PARTICIPANT))

    def test_of_a_person_counts_whatever_number(self, sari: User) -> None:
        for place in range(A_PERSON.an_hour):
            ask(sari, f"08123456780{place}", f"198.51.{place}.0/24")
        with pytest.raises(TooManyCodes):
            ask(sari, "081234567899", "198.51.99.0/24")

    def test_of_a_network_counts_everybody_in_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(codes, "A_NETWORK", replace(A_NETWORK, an_hour=8))
        for place in range(8):
            ask(make_user(Role.PARTICIPANT), f"0812345678{place:02}")
        with pytest.raises(TooManyCodes):
            ask(make_user(Role.PARTICIPANT), "081299999999")
        ask(make_user(Role.PARTICIPANT), "081299999999", "198.51.100.0/24")

    def test_ends_with_its_hour_and_its_day(self, sari: User) -> None:
        with on(DAY, hour=0):
            start = clock.now()
        asked = 0
        for hour in range(24):
            with clock.at(start + timedelta(hours=hour, minutes=1)):
                for _ in range(2):
                    try:
                        ask(sari)
                        asked += 1
                    except TooManyCodes:
                        continue
        assert asked == A_NUMBER.a_day
        with clock.at(start + timedelta(days=1, minutes=2)):
            ask(sari)


@pytest.mark.django_db
class TestTyping:
    @pytest.fixture
    def code(self, sari: User, gateway: StandIn) -> str:
        ask(sari)
        send()
        return code_sent_to(gateway)

    def test_the_code_verifies_the_number(self, sari: User, code: str) -> None:
        confirm_code(user=sari, code=f" {code[:3]} {code[3:]} ")
        contact = Contact.objects.get()
        assert (contact.verified_how, contact.verified_at is not None) == ("sms_code", True)
        assert Act.objects.get(verb="messages.verify").details == {"how": "sms_code"}

    def test_a_code_opens_once(self, sari: User, code: str) -> None:
        confirm_code(user=sari, code=code)
        with pytest.raises(NoCodeWaiting):
            confirm_code(user=sari, code=code)
        assert bytes(OneTimeCode.objects.get().code_sealed) == b""

    def test_five_wrong_ones_void_it(self, sari: User, code: str) -> None:
        for left in range(MOST_TRIES - 1, -1, -1):
            with pytest.raises(CodeMistyped) as refused:
                confirm_code(user=sari, code=another(code))
            assert refused.value.details == {"left": left}
        with pytest.raises(NoCodeWaiting):
            confirm_code(user=sari, code=code)
        assert Contact.objects.filter(verified_at__isnull=False).count() == 0

    def test_the_fifth_may_be_right(self, sari: User, code: str) -> None:
        for _ in range(MOST_TRIES - 1):
            with pytest.raises(CodeMistyped):
                confirm_code(user=sari, code=another(code))
        confirm_code(user=sari, code=code)

    @pytest.mark.usefixtures("code")
    @pytest.mark.parametrize("typed", ["", "12345", "٠١٢٣٤٥", "a" * 1000, "\0"])
    def test_what_is_no_code_counts_as_a_wrong_one(self, sari: User, typed: str) -> None:
        with pytest.raises(CodeMistyped):
            confirm_code(user=sari, code=typed)

    def test_it_is_valid_for_ten_minutes(self, sari: User, code: str) -> None:
        with clock.at(clock.now() + timedelta(minutes=11)), pytest.raises(NoCodeWaiting):
            confirm_code(user=sari, code=code)

    def test_another_one_voids_it(self, sari: User, gateway: StandIn, code: str) -> None:
        ask(sari)
        send()
        if code_sent_to(gateway) != code:
            with pytest.raises(CodeMistyped):
                confirm_code(user=sari, code=code)
        confirm_code(user=sari, code=code_sent_to(gateway))

    def test_another_persons_opens_nothing(self, code: str) -> None:
        with pytest.raises(NoCodeWaiting):
            confirm_code(user=make_user(Role.PARTICIPANT), code=code)

    def test_one_that_could_not_be_sent_in_time_is_not_sent(self, sari: User, gateway: StandIn) -> None:
        ask(sari)
        with clock.at(clock.now() + timedelta(minutes=11)):
            send()
        assert (gateway.received(), states(), Message.objects.count()) == ([], ["expired"], 1)


@pytest.mark.usefixtures("committed_database", "gateway")
class TestSideBySide:
    def test_of_many_tries_at_once_five_are_compared_and_one_opens(self, gateway: StandIn) -> None:
        user = make_user(Role.PARTICIPANT)
        ask(user)
        send()
        code = code_sent_to(gateway)

        def tried(_place: int) -> str:
            try:
                confirm_code(user=user, code=code)
            except BekalError as error:
                return error.code
            finally:
                connections.close_all()
            return "opened"

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(tried, range(8)))
        assert sorted(answers) == ["no_code_waiting"] * 7 + ["opened"]

    def test_of_many_requests_at_once_as_many_count_as_may(self) -> None:
        people = [make_user(Role.PARTICIPANT) for _ in range(8)]

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(answer_to, people))
        assert sorted(answers) == ["sent"] * A_NUMBER.an_hour + ["too_many_codes"] * (8 - A_NUMBER.an_hour)

    def test_asking_for_another_beside_the_confirmation_leaves_the_phone_confirmed(self, gateway: StandIn) -> None:
        user = make_user(Role.PARTICIPANT)
        ask(user)
        send()
        with ThreadPoolExecutor(1) as threads:
            with transaction.atomic():
                confirm_code(user=user, code=code_sent_to(gateway))
                asked = threads.submit(answer_to, user, "081311112222")
                wait_until_somebody_waits()
            assert asked.result() == "sent"
        verified, waiting = phones_of(user)
        assert verified is not None
        assert waiting is not None
        assert (verified.masked[-3:], waiting.masked[-3:]) == ("890", "222")

    def test_asking_beside_an_erasure_leaves_nothing(self) -> None:
        user = make_user(Role.PARTICIPANT)
        with ThreadPoolExecutor(1) as threads:
            with transaction.atomic():
                forget_contacts(user=user)
                erase_login(user=User.objects.get(pk=user.pk))
                asked = threads.submit(answer_to, user, NUMBER)
                wait_until_somebody_waits()
            assert asked.result() == RoleMissing.code
        with pytest.raises(RoleMissing):
            choose_topics(user=user, wanted=[])
        assert [model.objects.count() for model in (CodeRequest, Contact, Refusal, Message)] == [0] * 4
