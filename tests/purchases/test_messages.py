"""What people are told of their purchases."""

from collections.abc import Iterator
from datetime import date

import pytest
from pytest_django import Settings

from bekal.ledger.runs.services import approve_run, post_run
from bekal.messages.contacts import choose_topics
from bekal.messages.models import Message
from bekal.participants.models import Enrolment
from bekal.purchases.life_cycle import redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.refunds import cancel_training, give_back
from bekal.treasury.services import propose_wave_end
from tests.builders import ACCEPTED_ON, SPEND_BY, GrantedWave, approve_and_post, day_after, grant_wave, make_training, on
from tests.messages.people import assert_nothing_personal, give_login, told, told_of
from tests.messages.phones import send, texts_to, used_stand_in, with_phone
from tests.purchases.test_life_cycle import PRICE_IDR, buy

pytestmark = pytest.mark.django_db
AFTER_END = day_after(SPEND_BY)
_BUY_BY = "Buy another training by 31 March 2021; otherwise your participation is revoked."


@pytest.fixture
def granted() -> Iterator[GrantedWave]:
    wave = grant_wave(count=3)
    with on(day_after(ACCEPTED_ON)):
        yield wave


def buy_all(granted: GrantedWave) -> list[Purchase]:
    training = make_training(PRICE_IDR)
    return [buy(enrolment, training) for enrolment in granted.enrolments]


def test_a_refund_is_told_to_each_person_who_bought(granted: GrantedWave) -> None:
    sari, dewi, budi = map(give_login, granted.enrolments)
    first, second, redeemed = buy_all(granted)
    buy(granted.enrolments[0], price_idr=100_000)
    redeem_purchase(redeem_code=redeemed.redeem_code)
    approve_and_post(cancel_training(training=first.training, proposer=granted.operator), granted.approver)

    says = f"“{first.training.title}” was cancelled. Rp371.000 is back in your training balance."
    assert [told(user) for user in (sari, dewi, budi)] == [[says], [f"{says} {_BUY_BY}"], []]
    assert [told_of(user) for user in (sari, dewi, budi)] == [[first.public_id], [second.public_id], []]
    assert_nothing_personal(*granted.enrolments, secrets=(first.redeem_code, second.redeem_code))


def test_a_refund_comes_by_sms_too_to_each_who_has_a_phone_and_did_not_refuse_it(
    granted: GrantedWave, settings: Settings
) -> None:
    sari, dewi, budi = map(give_login, granted.enrolments)
    with used_stand_in(settings) as gateway:
        for user, number in ((sari, "+6281200000001"), (dewi, "+6281200000002"), (budi, "+6281200000003")):
            with_phone(gateway, number, user=user)
        # Of a refund, but not of what may be lost by it.
        choose_topics(user=dewi, wanted=[])
        choose_topics(user=budi, wanted=[])
        first, *_ = buy_all(granted)
        for bought_more in (granted.enrolments[0], granted.enrolments[2]):
            buy(bought_more, price_idr=100_000)
        approve_and_post(cancel_training(training=first.training, proposer=granted.operator), granted.approver)
        send()
        # One statement for each kind of news, all of one transaction.
        says = f'"{first.training.title}" dibatalkan.'
        received = [texts_to(gateway, f"+628120000000{place}") for place in (1, 2, 3)]
    assert [[text.startswith(says) for text in texts] for texts in received] == [[True], [True], []]
    assert [len(told(user)) for user in (sari, dewi, budi)] == [1, 1, 1]


def test_people_without_a_login_are_told_nothing(granted: GrantedWave) -> None:
    sari = give_login(granted.enrolments[0])
    purchases = buy_all(granted)
    (run,) = approve_and_post(cancel_training(training=purchases[0].training, proposer=granted.operator), granted.approver)
    assert run.posted_count == 3
    assert ([*Message.objects.values_list("recipient", flat=True)], len(told(sari))) == ([sari.pk], 1)


def test_a_refund_is_told_once_and_not_before_it_is_posted(granted: GrantedWave) -> None:
    sari, *_ = map(give_login, granted.enrolments)
    purchases = buy_all(granted)
    (run,) = cancel_training(training=purchases[0].training, proposer=granted.operator)
    approve_run(run=run, approver=granted.approver)
    assert Message.objects.count() == 0
    for _ in range(2):
        post_run(run=run)
    assert (Message.objects.count(), len(told(sari))) == (3, 1)


def test_a_refund_to_a_closed_account_is_told_as_what_it_is(granted: GrantedWave) -> None:
    sari, *_ = map(give_login, granted.enrolments)
    purchases = buy_all(granted)
    with on(AFTER_END):
        approve_and_post(propose_wave_end(wave=granted.wave, proposer=granted.operator), granted.approver)
        approve_and_post(cancel_training(training=purchases[0].training, proposer=granted.operator), granted.approver)
    title = purchases[0].training.title
    says = f"“{title}” was cancelled. Your training balance is closed, so Rp371.000 went back to the state treasury."
    assert told(sari) == [says]
    assert Message.objects.count() == 3


def test_a_refund_that_cannot_be_spent_any_more_is_told_as_what_it_is(granted: GrantedWave) -> None:
    sari, *_ = map(give_login, granted.enrolments)
    purchases = buy_all(granted)
    with on(AFTER_END):
        approve_and_post(cancel_training(training=purchases[0].training, proposer=granted.operator), granted.approver)
    assert told(sari) == [
        f"“{purchases[0].training.title}” was cancelled. Rp371.000 is back in your training balance, but the last day to spend it"
        " was 15 December 2021: it goes back to the state treasury."
    ]


def test_a_refund_at_ones_own_wish_gives_no_days(granted: GrantedWave) -> None:
    sari, *_ = map(give_login, granted.enrolments)
    purchases = buy_all(granted)
    with on(date(2021, 4, 6)):
        approve_and_post([give_back(purchase=purchases[0], proposer=granted.operator)], granted.approver)
    assert told(sari) == [
        f"At your own wish, “{purchases[0].training.title}” was given back. Rp371.000 is back in your training balance, but the"
        " last day to spend it was 30 March 2021: it goes back to the state treasury."
    ]
    assert Message.objects.count() == 1


def test_while_the_days_do_not_run_the_end_of_spending_is_told(granted: GrantedWave) -> None:
    sari = give_login(granted.enrolments[0])
    purchase = buy_all(granted)[0]
    Enrolment.objects.filter(pk=purchase.enrolment_id).update(first_purchase_by=None)
    approve_and_post([give_back(purchase=purchase, proposer=granted.operator)], granted.approver)
    (text,) = told(sari)
    assert text.endswith("Buy another training by 15 December 2021; otherwise your participation is revoked.")


def test_a_refund_at_ones_own_wish_is_no_cancellation(granted: GrantedWave) -> None:
    sari, dewi, _budi = map(give_login, granted.enrolments)
    first, second, _third = buy_all(granted)
    buy(granted.enrolments[0], price_idr=100_000)
    for purchase in (first, second):
        approve_and_post([give_back(purchase=purchase, proposer=granted.operator)], granted.approver)
    says = f"At your own wish, “{first.training.title}” was given back. Rp371.000 is back in your training balance."
    buy_by = "Buy another training by 30 March 2021; otherwise your participation is revoked."
    assert [told(sari), told(dewi)] == [[says], [f"{says} {buy_by}"]]
