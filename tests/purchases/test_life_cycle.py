from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Role
from bekal.core.errors import BekalError
from bekal.ledger.accounts import AccountKind, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import RunSkip, Transfer
from bekal.ledger.queries import available_idr, closed_on, enrolment_position, fund_position, statement
from bekal.ledger.runs.services import approve_run, approve_runs, post_run
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import ReleaseMilestone
from bekal.purchases import life_cycle
from bekal.purchases.errors import (
    AlreadyRated,
    BadRating,
    NotCompleted,
    NotRedeemed,
    ParticipationRevoked,
    PurchaseRefunded,
    RefundPending,
    TrainingClosed,
    TrainingTimeOver,
    UnknownRedeemCode,
)
from bekal.purchases.keys import refund_key, release_key
from bekal.purchases.life_cycle import attend_purchase, complete_purchase, rate_purchase, redeem_purchase
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.refunds import cancel_training, pending_refunds
from bekal.purchases.services import buy_training
from bekal.treasury.services import propose_wave_end
from tests.builders import (
    ACCEPTED_ON,
    PROGRAMME,
    SPEND_BY,
    TRAINING_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    grant_wave,
    make_training,
    make_user,
    on,
    post_approved,
    waiting,
)
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")
PRICE_IDR = 371_000
COMPLETE_BY = date(2021, 12, 31)
AFTER_END = day_after(SPEND_BY)


def buy(enrolment: Enrolment, training: Any = None, *, price_idr: int = PRICE_IDR) -> Purchase:
    training = training or make_training(price_idr)
    return buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())


def end_wave(granted: GrantedWave) -> None:
    approve_and_post(propose_wave_end(wave=granted.wave, proposer=granted.operator), granted.approver)


def position(purchase: Purchase) -> tuple[int, int]:
    """In escrow, and released."""
    found = enrolment_position(purchase.enrolment.number)[AccountKind.TRAINING]
    assert found.is_exact
    return found.escrow_idr, found.released_idr


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with made_once(django_db_blocker, partial(grant_wave, count=3)) as made:
        yield made


@pytest.fixture
def granted(scene: GrantedWave) -> Iterator[GrantedWave]:
    with found_again(scene) as wave, on(day_after(ACCEPTED_ON)):
        yield wave


@pytest.fixture
def purchase(granted: GrantedWave) -> Purchase:
    return buy(granted.enrolments[0])


@pytest.fixture
def release_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[ReleaseMilestone], None]:
    def set_milestone(milestone: ReleaseMilestone) -> None:
        definition = load_definition(PROGRAMME)
        changed = replace(definition, training=replace(definition.training, release_to_provider_at=milestone))
        monkeypatch.setattr(life_cycle, "load_definition", lambda _: changed)

    return set_milestone


class TestRelease:
    def test_moves_the_price_to_the_provider_when_the_code_is_redeemed(self, purchase: Purchase) -> None:
        redeemed = redeem_purchase(redeem_code=purchase.redeem_code)
        assert (redeemed.released_idr, redeemed.redeemed_at is not None) == (PRICE_IDR, True)
        line = statement(training_account(purchase.enrolment.number))[-1]
        assert (line.key, line.counterpart, line.change_idr, line.moved_idr) == (
            release_key(purchase.public_id),
            AccountKind.PAYABLE,
            0,
            PRICE_IDR,
        )
        assert position(purchase) == (0, PRICE_IDR)
        assert audit().exact

    @pytest.mark.parametrize(
        ("milestone", "released_after"),
        [
            (ReleaseMilestone.REDEEMED, [True, True, True]),
            (ReleaseMilestone.FIRST_ATTENDANCE, [False, True, True]),
            (ReleaseMilestone.COMPLETED, [False, False, True]),
        ],
    )
    def test_waits_for_the_definitions_milestone(
        self,
        purchase: Purchase,
        release_at: Callable[[ReleaseMilestone], None],
        milestone: ReleaseMilestone,
        released_after: list[bool],
    ) -> None:
        release_at(milestone)
        seen = [
            step().released_idr == PRICE_IDR
            for step in (
                partial(redeem_purchase, redeem_code=purchase.redeem_code),
                partial(attend_purchase, purchase=purchase),
                partial(complete_purchase, purchase=purchase),
            )
        ]
        assert seen == released_after
        assert audit().exact

    def test_at_a_milestone_that_was_skipped_comes_with_the_next(
        self, purchase: Purchase, release_at: Callable[[ReleaseMilestone], None]
    ) -> None:
        release_at(ReleaseMilestone.FIRST_ATTENDANCE)
        redeem_purchase(redeem_code=purchase.redeem_code)
        assert complete_purchase(purchase=purchase).released_idr == PRICE_IDR
        attend_purchase(purchase=purchase)
        assert position(purchase) == (0, PRICE_IDR)

    def test_of_a_free_training_moves_nothing(self, granted: GrantedWave) -> None:
        purchase = buy(granted.enrolments[0], price_idr=0)
        redeem_purchase(redeem_code=purchase.redeem_code)
        assert complete_purchase(purchase=purchase).released_idr == 0
        assert position(purchase) == (0, 0)
        assert audit().exact

    def test_still_happens_when_the_account_is_closed(self, granted: GrantedWave, purchase: Purchase) -> None:
        with on(AFTER_END):
            end_wave(granted)
            redeem_purchase(redeem_code=purchase.redeem_code)
        assert closed_on(training_account(purchase.enrolment.number)) == AFTER_END
        assert position(purchase) == (0, PRICE_IDR)
        assert fund_position(granted.wave.fund).is_exact
        assert audit().exact

    def test_is_audited_against_the_purchase(self, purchase: Purchase) -> None:
        redeem_purchase(redeem_code=purchase.redeem_code)
        Purchase.objects.update(released_idr=0)
        owner = training_account(purchase.enrolment.number)
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("release", owner)]


class TestSteps:
    def test_are_idempotent(self, purchase: Purchase) -> None:
        steps: list[Callable[[], Purchase]] = [
            partial(redeem_purchase, redeem_code=purchase.redeem_code),
            partial(attend_purchase, purchase=purchase),
            partial(complete_purchase, purchase=purchase),
            partial(rate_purchase, purchase=purchase, stars=5, review="Good"),
        ]
        for step in steps:
            step()
        before = Purchase.objects.values().get()
        with on(ACCEPTED_ON + timedelta(days=20)):
            for step in steps:
                step()
        assert Purchase.objects.values().get() == before
        assert Transfer.objects.filter(key__startswith="release:").count() == 1

    def test_come_in_order(self, purchase: Purchase) -> None:
        for step in (attend_purchase, complete_purchase):
            with pytest.raises(NotRedeemed):
                step(purchase=purchase)
        redeem_purchase(redeem_code=purchase.redeem_code)
        with pytest.raises(NotCompleted):
            rate_purchase(purchase=purchase, stars=5, review="Good")

    def test_find_the_code_as_people_type_it(self, purchase: Purchase) -> None:
        Purchase.objects.update(redeem_code="7K3M-0QXZ-P1AB")
        assert redeem_purchase(redeem_code=" 7k3m oqxz-plab ").pk == purchase.pk

    @pytest.mark.usefixtures("purchase")
    @pytest.mark.parametrize("code", ["", "7K3M", "ZZZZ-ZZZZ-ZZZZ", "7K3M-0QXZ-P1AB-0000", "\0", "💶"])
    def test_refuse_an_unknown_code(self, code: str) -> None:
        with pytest.raises(UnknownRedeemCode):
            redeem_purchase(redeem_code=code)

    def test_end_with_the_last_day_of_training(self, granted: GrantedWave) -> None:
        first, second, third = (buy(enrolment) for enrolment in granted.enrolments)
        with on(COMPLETE_BY, hour=23):
            redeem_purchase(redeem_code=first.redeem_code)
            complete_purchase(purchase=first)
            redeem_purchase(redeem_code=second.redeem_code)
        with on(day_after(COMPLETE_BY), hour=0):
            late: list[Callable[[], Purchase]] = [
                partial(redeem_purchase, redeem_code=third.redeem_code),
                partial(attend_purchase, purchase=second),
                partial(complete_purchase, purchase=second),
            ]
            for step in late:
                with pytest.raises(TrainingTimeOver) as caught:
                    step()
                assert caught.value.details == {"last_day": COMPLETE_BY}
            assert redeem_purchase(redeem_code=second.redeem_code).pk == second.pk
            assert rate_purchase(purchase=first, stars=4, review="Late, but said").stars == 4

    def test_refuse_a_code_of_somebody_revoked(self, purchase: Purchase) -> None:
        Enrolment.objects.filter(pk=purchase.enrolment_id).update(status=EnrolmentStatus.REVOKED)
        with pytest.raises(ParticipationRevoked):
            redeem_purchase(redeem_code=purchase.redeem_code)
        assert position(purchase) == (PRICE_IDR, 0)

    def test_go_on_for_somebody_revoked_after_redeeming(
        self, purchase: Purchase, release_at: Callable[[ReleaseMilestone], None]
    ) -> None:
        release_at(ReleaseMilestone.COMPLETED)
        redeem_purchase(redeem_code=purchase.redeem_code)
        Enrolment.objects.filter(pk=purchase.enrolment_id).update(status=EnrolmentStatus.REVOKED)
        assert complete_purchase(purchase=purchase).released_idr == PRICE_IDR


class TestRating:
    @pytest.fixture
    def completed(self, purchase: Purchase) -> Purchase:
        redeem_purchase(redeem_code=purchase.redeem_code)
        return complete_purchase(purchase=purchase)

    def test_keeps_stars_and_review(self, completed: Purchase) -> None:
        rate_purchase(purchase=completed, stars=4, review="  Jelas dan berguna. ")
        completed.refresh_from_db()
        assert (completed.stars, completed.review, completed.rated_at is not None) == (4, "Jelas dan berguna.", True)

    @pytest.mark.parametrize(
        ("stars", "review"),
        [(0, "Good"), (6, "Good"), (-1, "Good"), (4.5, "Good"), (True, "Good"), (5, " "), (5, "x" * 2_001), (5, "\0")],
    )
    def test_refuses_what_is_none(self, completed: Purchase, stars: Any, review: str) -> None:
        with pytest.raises(BadRating):
            rate_purchase(purchase=completed, stars=stars, review=review)

    def test_stays_as_it_is(self, completed: Purchase) -> None:
        rate_purchase(purchase=completed, stars=4, review="Good")
        for stars, review in ((5, "Good"), (4, "Better")):
            with pytest.raises(AlreadyRated):
                rate_purchase(purchase=completed, stars=stars, review=review)
        completed.refresh_from_db()
        assert (completed.stars, completed.review) == (4, "Good")


class TestRefund:
    def test_gives_back_what_was_not_released(self, granted: GrantedWave) -> None:
        training = make_training(PRICE_IDR)
        kept, *given_back = [buy(enrolment, training) for enrolment in granted.enrolments]
        other = buy(granted.enrolments[0], price_idr=100_000)
        redeem_purchase(redeem_code=kept.redeem_code)
        (run,) = approve_and_post(cancel_training(training=training, proposer=granted.operator), granted.approver)
        assert (run.posted_count, run.posted_idr, run.skipped_count) == (2, 2 * PRICE_IDR, 0)
        statuses = dict(Purchase.objects.values_list("pk", "status"))
        assert statuses == {
            kept.pk: PurchaseStatus.BOUGHT,
            other.pk: PurchaseStatus.BOUGHT,
            **{purchase.pk: PurchaseStatus.REFUNDED for purchase in given_back},
        }
        held = [available_idr(training_account(enrolment.number)) for enrolment in granted.enrolments]
        assert held == [TRAINING_IDR - PRICE_IDR - 100_000, TRAINING_IDR, TRAINING_IDR]
        assert [position(purchase) for purchase in (kept, *given_back)] == [(100_000, PRICE_IDR), (0, 0), (0, 0)]
        assert fund_position(granted.wave.fund).is_exact
        assert audit().exact

    def test_closes_the_training(self, granted: GrantedWave, purchase: Purchase) -> None:
        cancel_training(training=purchase.training, proposer=granted.operator)
        with pytest.raises(TrainingClosed):
            buy(granted.enrolments[1], purchase.training)

    def test_of_several_waves_is_a_run_for_each(self, granted: GrantedWave, purchase: Purchase) -> None:
        other = grant_wave(count=1, number=13)
        buy(other.enrolments[0], purchase.training)
        runs = cancel_training(training=purchase.training, proposer=granted.operator)
        assert [(run.fund, run.bound_idr) for run in runs] == [(granted.wave.fund, PRICE_IDR), (other.wave.fund, PRICE_IDR)]
        approve_and_post(runs, granted.approver)
        assert fund_position(other.wave.fund).is_exact
        assert audit().exact

    def test_goes_on_to_the_treasury_once_the_account_is_closed(self, granted: GrantedWave) -> None:
        training = make_training(PRICE_IDR)
        purchases = [buy(enrolment, training) for enrolment in granted.enrolments]
        with on(AFTER_END):
            runs = cancel_training(training=training, proposer=granted.operator)
            end_wave(granted)
            (run,) = approve_and_post(runs, granted.approver)
        assert (run.posted_count, run.posted_idr, run.skipped_count) == (3, 3 * PRICE_IDR, 0)
        for purchase in purchases:
            owner = training_account(purchase.enrolment.number)
            assert [(line.key, line.change_idr, line.after_idr) for line in statement(owner)[-2:]] == [
                (refund_key(purchase.public_id), PRICE_IDR, PRICE_IDR),
                (f"forward:{refund_key(purchase.public_id)}", -PRICE_IDR, 0),
            ]
            assert enrolment_position(purchase.enrolment.number)[AccountKind.TRAINING].returned_idr == TRAINING_IDR
        assert Purchase.objects.filter(status=PurchaseStatus.REFUNDED).count() == 3
        assert fund_position(granted.wave.fund).is_exact
        assert audit().exact

    def test_of_open_and_closed_accounts_in_one_chunk(self, granted: GrantedWave) -> None:
        training, other = make_training(PRICE_IDR), make_training(100_000)
        first, shut, last = granted.enrolments
        for enrolment in granted.enrolments:
            buy(enrolment, training)
        for enrolment in (first, last):
            buy(enrolment, other)
        with on(AFTER_END):
            propose_wave_end(wave=granted.wave, proposer=granted.operator)
            # What comes in after the proposal keeps two of the three accounts open.
            approve_and_post(cancel_training(training=other, proposer=granted.operator), granted.approver)
            approve_runs(runs=waiting(granted.wave), approver=granted.approver)
            post_approved(granted.wave)
            (run,) = approve_and_post(cancel_training(training=training, proposer=granted.operator), granted.approver)
        assert (run.posted_count, run.posted_idr, run.skipped_count) == (3, 3 * PRICE_IDR, 0)
        accounts = [training_account(enrolment.number) for enrolment in (first, shut, last)]
        assert [closed_on(account) for account in accounts] == [None, AFTER_END, None]
        assert [available_idr(account) for account in accounts] == [TRAINING_IDR, 0, TRAINING_IDR]
        assert Transfer.objects.filter(key__startswith="forward:").count() == 1
        assert fund_position(granted.wave.fund).is_exact
        assert audit().exact

    def test_leaves_out_what_was_released_since_the_proposal(self, granted: GrantedWave, purchase: Purchase) -> None:
        (run,) = cancel_training(training=purchase.training, proposer=granted.operator)
        redeem_purchase(redeem_code=purchase.redeem_code)
        (run,) = approve_and_post([run], granted.approver)
        assert (run.posted_idr, run.skipped_count) == (0, 1)
        assert RunSkip.objects.get(run=run.pk).reason == "released"
        assert position(purchase) == (0, PRICE_IDR)
        assert audit().exact

    def test_makes_the_code_worthless(self, granted: GrantedWave, purchase: Purchase) -> None:
        approve_and_post(cancel_training(training=purchase.training, proposer=granted.operator), granted.approver)
        steps: list[Callable[[], Purchase]] = [
            partial(redeem_purchase, redeem_code=purchase.redeem_code),
            partial(complete_purchase, purchase=purchase),
            partial(rate_purchase, purchase=purchase, stars=1, review="Cancelled"),
        ]
        for step in steps:
            with pytest.raises(PurchaseRefunded):
                step()

    def test_happens_once(self, granted: GrantedWave, purchase: Purchase) -> None:
        runs = cancel_training(training=purchase.training, proposer=granted.operator)
        with pytest.raises(RefundPending):
            cancel_training(training=purchase.training, proposer=make_user(Role.OPERATOR))
        (run,) = approve_and_post(runs, granted.approver)
        assert post_run(run=run).posted_idr == PRICE_IDR
        with pytest.raises(NothingToPost):
            cancel_training(training=purchase.training, proposer=granted.operator)
        assert available_idr(training_account(purchase.enrolment.number)) == TRAINING_IDR

    def test_of_two_runs_is_the_first_ones(self, granted: GrantedWave, purchase: Purchase) -> None:
        runs = []
        for _ in range(2):
            (proposed,) = cancel_training(training=purchase.training, proposer=granted.operator)
            runs.append(approve_run(run=proposed, approver=granted.approver))
        refunded_at = []
        for day, run in zip((30, 40), runs, strict=True):
            with on(ACCEPTED_ON + timedelta(days=day)):
                post_run(run=run)
            refunded_at.append(Purchase.objects.get().refunded_at)
        assert refunded_at[0] == refunded_at[1] is not None
        assert RunSkip.objects.get(run=runs[1].pk).reason == "refunded"

    def test_of_a_free_training_is_nothing(self, granted: GrantedWave) -> None:
        purchase = buy(granted.enrolments[0], price_idr=0)
        with pytest.raises(NothingToPost):
            cancel_training(training=purchase.training, proposer=granted.operator)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
    def test_is_proposed_by_an_operator_alone(self, purchase: Purchase, role: Role) -> None:
        with pytest.raises(RoleMissing):
            cancel_training(training=purchase.training, proposer=make_user(role))
        purchase.training.refresh_from_db()
        assert (purchase.training.is_open, pending_refunds(purchase.training)) == (True, [])

    def test_needs_a_second_person(self, granted: GrantedWave, purchase: Purchase) -> None:
        (run,) = cancel_training(training=purchase.training, proposer=granted.operator)
        refusals: list[tuple[Any, type[BekalError]]] = [
            (granted.operator, SamePerson),
            (make_user(Role.OPERATOR), RoleMissing),
            (make_user(Role.AUDITOR), RoleMissing),
        ]
        for approver, error in refusals:
            with pytest.raises(error):
                approve_run(run=run, approver=approver)
        assert pending_refunds(purchase.training) == [run]

    def test_is_audited_against_the_purchase(self, granted: GrantedWave, purchase: Purchase) -> None:
        approve_and_post(cancel_training(training=purchase.training, proposer=granted.operator), granted.approver)
        Purchase.objects.update(status=PurchaseStatus.BOUGHT)
        owner = training_account(purchase.enrolment.number)
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("refund", owner)]


def test_buying_again_after_a_refund_has_a_life_of_its_own(granted: GrantedWave, purchase: Purchase) -> None:
    approve_and_post(cancel_training(training=purchase.training, proposer=granted.operator), granted.approver)
    type(purchase.training).objects.update(is_open=True)
    again = buy(granted.enrolments[0], purchase.training)
    redeem_purchase(redeem_code=again.redeem_code)
    assert (again.redeem_code != purchase.redeem_code, position(again)) == (True, (0, PRICE_IDR))
    assert audit().exact
