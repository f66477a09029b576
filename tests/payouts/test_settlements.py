from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Role
from bekal.catalogue.models import Provider, Training
from bekal.ledger.accounts import TREASURY, provider_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import Run, RunSkip
from bekal.ledger.queries import available_idr, fund_position, statement
from bekal.ledger.runs.services import approve_run, post_run
from bekal.payouts.errors import UnknownChannel
from bekal.payouts.models import Payment
from bekal.payouts.queries import payable_idr
from bekal.payouts.settlements import propose_settlement
from bekal.purchases.life_cycle import redeem_purchase
from bekal.purchases.services import buy_training
from tests.builders import ACCEPTED_ON, GrantedWave, approve_and_post, day_after, grant_wave, make_trainings, make_user, on
from tests.payouts.people import answer, sent
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with made_once(django_db_blocker, partial(grant_wave, count=3)) as made:
        yield made


@pytest.fixture
def granted(scene: GrantedWave) -> Iterator[GrantedWave]:
    with found_again(scene) as wave, on(day_after(ACCEPTED_ON)):
        yield wave


@pytest.fixture
def providers(granted: GrantedWave) -> list[Provider]:
    """Two with something owed to them, Rp 300,000 and Rp 50,000, one whose course was not redeemed, and one who sold nothing."""
    trainings = make_trainings(100_000, 50_000, 70_000, 1)
    for enrolment in granted.enrolments:
        earn(granted, enrolment_index=granted.enrolments.index(enrolment), training=trainings[0])
    earn(granted, training=trainings[1])
    buy_training(enrolment=granted.enrolments[0], training=trainings[2], price_idr=70_000, request_key=uuid4())
    return [training.provider for training in trainings]


def earn(granted: GrantedWave, *, training: Training, enrolment_index: int = 0) -> None:
    enrolment = granted.enrolments[enrolment_index]
    purchase = buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())
    redeem_purchase(redeem_code=purchase.redeem_code)


def settle(granted: GrantedWave) -> Run:
    (run,) = approve_and_post([propose_settlement(channel="bni", proposer=granted.operator)], granted.approver)
    return run


def owed(providers: list[Provider]) -> list[int]:
    return [payable_idr(provider) for provider in providers]


def keys_of(provider: Provider) -> list[str]:
    return [line.key for line in statement(provider_account(provider.number))]


def test_sends_what_is_owed(granted: GrantedWave, providers: list[Provider]) -> None:
    assert owed(providers) == [300_000, 50_000, 0, 0]
    run = settle(granted)
    assert (run.fund, run.posted_count, run.posted_idr) == (TREASURY, 2, 350_000)
    assert owed(providers) == [0, 0, 0, 0]
    number = run.parameters["settlement"]
    assert [keys_of(provider) for provider in providers] == [[f"settle:{number}"], [f"settle:{number}"], [], []]
    assert answer(granted, run, paid=sent(run)).paid == 2
    assert keys_of(providers[0]) == [f"settle:{number}", f"settle:{number}:paid"]
    assert available_idr(provider_account(providers[0].number)) == 0
    assert [(payment.state, payment.account) for payment in Payment.objects.all()] == [("paid", None)] * 2
    assert fund_position(granted.wave.fund).is_exact
    assert audit().exact


def test_twice_pays_once(granted: GrantedWave, providers: list[Provider]) -> None:
    runs = [propose_settlement(channel="bni", proposer=granted.operator) for _ in range(2)]
    first, second = approve_and_post(runs, granted.approver)
    assert (first.posted_idr, second.posted_idr) == (350_000, 0)
    assert set(RunSkip.objects.filter(run=second.pk).values_list("reason", flat=True)) == {"nothing_payable"}
    with pytest.raises(NothingToPost):
        propose_settlement(channel="bni", proposer=granted.operator)
    assert post_run(run=first).posted_idr == 350_000
    assert audit().exact


def test_rejected_is_owed_again_and_settled_under_another_number(granted: GrantedWave, providers: list[Provider]) -> None:
    run = settle(granted)
    first, second = sent(run)
    answer(granted, run, paid=[second], rejected=[first])
    assert owed(providers) == [300_000, 0, 0, 0]
    again = settle(granted)
    assert (again.posted_idr, again.parameters["settlement"]) == (300_000, run.parameters["settlement"] + 1)
    answer(granted, again, paid=sent(again))
    assert owed(providers) == [0, 0, 0, 0]
    assert audit().exact


def test_pays_what_was_owed_at_the_proposal(granted: GrantedWave, providers: list[Provider]) -> None:
    run = propose_settlement(channel="bni", proposer=granted.operator)
    (more,) = make_trainings(30_000, provider=providers[0].name)
    earn(granted, training=more)
    approve_and_post([run], granted.approver)
    assert owed(providers) == [30_000, 0, 0, 0]
    assert settle(granted).posted_idr == 30_000
    assert audit().exact


def test_posts_no_more_than_is_owed_by_then(granted: GrantedWave, providers: list[Provider]) -> None:
    late = propose_settlement(channel="bni", proposer=granted.operator)
    settle(granted)
    (more,) = make_trainings(30_000, provider=providers[0].name)
    earn(granted, training=more)
    (late,) = approve_and_post([late], granted.approver)
    assert (late.bound_idr, late.posted_idr, late.skipped_count) == (350_000, 30_000, 1)
    assert owed(providers) == [0, 0, 0, 0]
    assert audit().exact


def test_of_nothing_owed_is_refused(granted: GrantedWave) -> None:
    with pytest.raises(NothingToPost):
        propose_settlement(channel="bni", proposer=granted.operator)


@pytest.mark.parametrize("channel", ["", "ovo", "bank-of-nowhere"])
@pytest.mark.usefixtures("providers")
def test_goes_through_a_bank(granted: GrantedWave, channel: str) -> None:
    with pytest.raises(UnknownChannel):
        propose_settlement(channel=channel, proposer=granted.operator)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
@pytest.mark.usefixtures("providers")
def test_is_proposed_by_an_operator_alone(role: Role) -> None:
    with pytest.raises(RoleMissing):
        propose_settlement(channel="bni", proposer=make_user(role))


@pytest.mark.usefixtures("providers")
def test_needs_a_second_person(granted: GrantedWave) -> None:
    run = propose_settlement(channel="bni", proposer=granted.operator)
    for approver, error in ((granted.operator, SamePerson), (make_user(Role.AUDITOR), RoleMissing)):
        with pytest.raises(error):
            approve_run(run=run, approver=approver)
