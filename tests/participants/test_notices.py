"""From which day on people have their days for the first purchase, and what happens where nobody knows that they were told."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from pytest_django import Settings

from bekal.access.models import Role
from bekal.core import clock
from bekal.ledger.errors import NothingToPost
from bekal.messages.channels.in_app.queries import inbox_page
from bekal.messages.channels.in_app.services import mark_read
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.models import Channel, DeliveryState, Message
from bekal.messages.settling import Report, record_reports
from bekal.participants.models import AwaitedNotice, Enrolment, Introduction, Participant
from bekal.participants.notices import start_days
from bekal.participants.services import acknowledge_introduction
from bekal.programmes.models import Wave
from bekal.purchases.errors import FirstPurchaseTooLate
from bekal.purchases.queries import wallet
from bekal.simulation.wave import Office, grant_everybody
from bekal.treasury.errors import TooEarly
from bekal.treasury.queries import outlook
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    SPEND_BY,
    TOTAL_IDR,
    approve_and_post,
    day_after,
    enrol,
    make_user,
    make_wave,
    on,
    register,
)
from tests.messages.phones import send, texts_to, used_stand_in, with_phone
from tests.treasury.test_wave_end import buy

pytestmark = pytest.mark.django_db


class Granted:
    """A wave of two people who can log in, the first of whom has a phone; granted on a day."""

    def __init__(self, gateway: StandIn, day: date = ACCEPTED_ON) -> None:
        self.gateway = gateway
        self.office = Office(operator=make_user(Role.OPERATOR), approver=make_user(Role.APPROVER))
        self.users = [make_user(Role.PARTICIPANT) for _ in range(2)]
        people = register(2)
        for person, user in zip(people, self.users, strict=True):
            Participant.objects.filter(pk=person).update(user=user)
        with on(ACCEPTED_ON):
            self.wave: Wave = make_wave(places=2)
            self._numbers = [enrolment.number for enrolment in enrol(self.wave, people)]
            with_phone(gateway, user=self.users[0])
        with on(day):
            grant_everybody(wave=self.wave, office=self.office)

    @property
    def enrolments(self) -> list[Enrolment]:
        """As they are stored now."""
        found = Enrolment.objects.select_related("wave", "participant").in_bulk(self._numbers, field_name="number")
        return [found[number] for number in self._numbers]

    @property
    def last_days(self) -> list[date | None]:
        return [enrolment.first_purchase_by for enrolment in self.enrolments]

    @property
    def sms(self) -> Message:
        return Message.objects.get(channel=Channel.SMS, template="participants.granted")

    def report(self, state: DeliveryState, day: date) -> None:
        with on(day):
            record_reports(channel=Channel.SMS, reports=[Report(self.sms.public_id, state)])

    def started_on(self, day: date) -> int:
        with on(day):
            return start_days()


@pytest.fixture
def gateway(settings: Settings) -> Iterator[StandIn]:
    with used_stand_in(settings) as stand_in:
        yield stand_in


@pytest.fixture
def granted(gateway: StandIn) -> Granted:
    return Granted(gateway)


def test_people_are_told_with_the_sum_and_the_days(granted: Granted) -> None:
    with on(ACCEPTED_ON):
        send()
    told = "Anda diterima, dan saldo pelatihan Anda Rp1.000.000 sudah ada. Beli pelatihan pertama dalam 30 hari; "
    told += "jika tidak, kepesertaan Anda dicabut dan uangnya kembali ke kas negara."
    assert texts_to(granted.gateway) == [told]
    assert [[entry.words.text for entry in inbox_page(user=user, page=1).entries] for user in granted.users] == [[told]] * 2


def test_where_nothing_is_sent_the_days_begin_with_the_grant(granted: Granted) -> None:
    assert granted.last_days == [None, FIRST_PURCHASE_BY]
    assert granted.started_on(ACCEPTED_ON) == 0


@pytest.mark.parametrize(
    ("day", "last_day"),
    [(ACCEPTED_ON + timedelta(days=9), FIRST_PURCHASE_BY + timedelta(days=9)), (SPEND_BY - timedelta(days=3), SPEND_BY)],
)
def test_a_late_grant_moves_the_days_and_the_end_of_spending_cuts_them(gateway: StandIn, day: date, last_day: date) -> None:
    granted = Granted(gateway, day)
    assert granted.last_days == [None, last_day]
    days = 30 if last_day < SPEND_BY else 4
    assert granted.sms.parameters == {"training_idr": 1_000_000, "days": days}


def test_a_notice_that_was_delivered_begins_the_days(granted: Granted) -> None:
    day = ACCEPTED_ON + timedelta(days=2)
    with on(day):
        send()
    granted.report(DeliveryState.DELIVERED, day)
    assert granted.started_on(day_after(day)) == 1
    assert granted.last_days == [FIRST_PURCHASE_BY + timedelta(days=2), FIRST_PURCHASE_BY]
    assert AwaitedNotice.objects.count() == 0
    assert granted.started_on(day_after(day)) == 0


def test_one_that_the_gateway_took_does_so_after_a_day_without_other_news(granted: Granted) -> None:
    with on(ACCEPTED_ON):
        send()
    assert granted.started_on(ACCEPTED_ON) == 0
    assert granted.started_on(ACCEPTED_ON + timedelta(days=2)) == 1
    assert granted.last_days == [FIRST_PURCHASE_BY] * 2


def test_one_that_failed_does_so_once_it_is_read_in_the_application(granted: Granted) -> None:
    with on(ACCEPTED_ON):
        send()
    granted.report(DeliveryState.FAILED, day_after(ACCEPTED_ON))
    later = ACCEPTED_ON + timedelta(days=60)
    assert granted.started_on(later) == 0
    with on(later):
        mark_read(user=granted.users[0], public_ids=inbox_page(user=granted.users[0], page=1).unread)
    assert granted.started_on(later + timedelta(days=30)) == 1
    assert granted.last_days[0] == later + timedelta(days=29)


def test_who_reads_what_the_balance_is_was_told_on_that_day(granted: Granted) -> None:
    with on(ACCEPTED_ON):
        send()
    granted.report(DeliveryState.FAILED, day_after(ACCEPTED_ON))
    later = ACCEPTED_ON + timedelta(days=60)
    assert granted.started_on(later) == 0
    Introduction.objects.create(enrolment=granted.enrolments[0])
    assert granted.started_on(later + timedelta(days=60)) == 0
    with on(later, hour=13):
        acknowledge_introduction(enrolment=granted.enrolments[0])
        assert start_days() == 1
    assert granted.last_days[0] == later + timedelta(days=29)


def test_who_had_the_notice_before_is_not_told_anew_by_reading(granted: Granted) -> None:
    with on(ACCEPTED_ON):
        send()
    granted.report(DeliveryState.DELIVERED, day_after(ACCEPTED_ON))
    Introduction.objects.create(enrolment=granted.enrolments[0])
    with on(ACCEPTED_ON + timedelta(days=9)):
        acknowledge_introduction(enrolment=granted.enrolments[0])
        assert start_days() == 1
    assert granted.last_days[0] == day_after(FIRST_PURCHASE_BY)


def test_it_is_asked_the_more_rarely_the_longer_it_is_unknown(granted: Granted) -> None:
    with on(ACCEPTED_ON + timedelta(days=4)):
        start_days()
        now = clock.now()
    assert AwaitedNotice.objects.get().look_at == now + timedelta(days=1)
    granted.report(DeliveryState.DELIVERED, ACCEPTED_ON + timedelta(days=4))
    with clock.at(now + timedelta(hours=23)):
        assert start_days() == 0
    with clock.at(now + timedelta(hours=24)):
        assert start_days() == 1


def test_who_may_not_know_of_it_can_buy_until_the_end_of_spending(granted: Granted) -> None:
    untold, told = granted.enrolments
    with on(SPEND_BY):
        assert (wallet(untold).last_day, wallet(told).last_day) == (SPEND_BY, FIRST_PURCHASE_BY)
        with pytest.raises(FirstPurchaseTooLate):
            buy(told, 100_000)
        buy(untold, 100_000)


def test_a_revocation_passes_over_who_may_not_know_of_it(granted: Granted) -> None:
    wave, office = granted.wave, granted.office
    with on(FIRST_PURCHASE_BY), pytest.raises(TooEarly):
        propose_revocation(wave=wave, proposer=office.operator)
    with on(day_after(FIRST_PURCHASE_BY)):
        found = outlook(wave)
        assert (found.idle_people, found.untold_people, found.next_revocation_after) == (2, 1, FIRST_PURCHASE_BY)
        run = propose_revocation(wave=wave, proposer=office.operator)
        assert (run.target_count, run.bound_idr) == (2, TOTAL_IDR)
        approve_and_post([run], office.approver)
        assert [enrolment.status for enrolment in granted.enrolments] == ["granted", "revoked"]
        assert outlook(wave).next_revocation_after is None
        with pytest.raises(NothingToPost):
            propose_revocation(wave=wave, proposer=office.operator)


def test_everybody_is_revoked_by_days_of_their_own(granted: Granted) -> None:
    wave, office = granted.wave, granted.office
    with on(told_on := ACCEPTED_ON + timedelta(days=20)):
        send()
    granted.report(DeliveryState.DELIVERED, told_on)
    granted.started_on(told_on)
    own = FIRST_PURCHASE_BY + timedelta(days=20)
    with on(own):
        approve_and_post([propose_revocation(wave=wave, proposer=office.operator)], office.approver)
        assert [enrolment.status for enrolment in granted.enrolments] == ["granted", "revoked"]
        with pytest.raises(TooEarly):
            propose_revocation(wave=wave, proposer=office.operator)
    with on(day_after(own)):
        approve_and_post([propose_revocation(wave=wave, proposer=office.operator)], office.approver)
    assert [enrolment.status for enrolment in granted.enrolments] == ["revoked", "revoked"]
