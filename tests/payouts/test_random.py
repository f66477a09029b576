"""Whatever people, officers and banks do in whatever order, no rupiah is lost and the audit is exact."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Final, TypeVar
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bekal.catalogue.models import Provider, Training
from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.ledger.accounts import AccountKind, incentive_account, payable_pool
from bekal.ledger.audit import audit
from bekal.ledger.models import Balance, Run, RunState
from bekal.ledger.queries import available_idr, enrolment_position, fund_position
from bekal.ledger.runs.services import approve_run, approve_runs, post_run
from bekal.ledger.services import post, returned_pool
from bekal.participants.models import Enrolment
from bekal.payouts.instalments import propose_instalment
from bekal.payouts.models import Payment, PaymentAccount
from bekal.payouts.queries import InstalmentStatus, instalments_of, payable_idr
from bekal.payouts.results import record_results
from bekal.payouts.services import link_payment_account, verify_payment_account
from bekal.payouts.settlements import propose_settlement
from bekal.purchases.life_cycle import attend_purchase, complete_purchase, rate_purchase, redeem_purchase
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.refunds import cancel_training
from bekal.purchases.services import buy_training
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import ACCEPTED_ON, INCENTIVE_IDR, TRAINING_IDR, GrantedWave, grant_wave, make_trainings, on, waiting
from tests.payouts.people import INSTALMENT_IDR, nik_of

_T = TypeVar("_T")
PRICES_IDR: Final = (0, 1, 371_000, 600_000)


class Life:
    """Draws what each deed is done to; a deed that a rule refuses changes nothing."""

    def __init__(self, granted: GrantedWave, trainings: list[Training], seed: int) -> None:
        self.granted, self.trainings, self.random = granted, trainings, Random(seed)

    def buy(self) -> None:
        training = Training.objects.get(pk=self.random.choice(self.trainings).pk)
        buy_training(enrolment=self._person(), training=training, price_idr=training.price_idr, request_key=uuid4())

    def redeem(self) -> None:
        redeem_purchase(redeem_code=self._purchase().redeem_code)

    def attend(self) -> None:
        attend_purchase(purchase=self._purchase())

    def complete(self) -> None:
        complete_purchase(purchase=self._purchase())

    def rate(self) -> None:
        rate_purchase(purchase=self._purchase(), stars=self.random.randint(1, 5), review="Good")

    def finish(self) -> None:
        purchase = self._purchase()
        redeem_purchase(redeem_code=purchase.redeem_code)
        complete_purchase(purchase=purchase)
        rate_purchase(purchase=purchase, stars=5, review="Good")

    def link(self) -> None:
        for enrolment in self.granted.enrolments:
            link_payment_account(enrolment=enrolment, channel=self.random.choice(["bni", "ovo"]), number="081234567890")

    def verify(self) -> None:
        for account in PaymentAccount.objects.filter(replaced_at__isnull=True):
            enrolment = Enrolment.objects.get(participant=account.participant_id)
            verify_payment_account(account=account, holder_nik=nik_of(enrolment))

    def propose_instalment(self) -> None:
        propose_instalment(wave=self.granted.wave, number=self.random.choice([1, 1, 1, 2, 3]), proposer=self.granted.operator)

    def propose_settlement(self) -> None:
        propose_settlement(channel="bni", proposer=self.granted.operator)

    def propose_refund(self) -> None:
        cancel_training(training=self.random.choice(self.trainings), proposer=self.granted.operator)
        Training.objects.update(is_open=True)

    def propose_end(self) -> None:
        propose = self.random.choice([propose_revocation, propose_wave_end])
        propose(wave=self.granted.wave, proposer=self.granted.operator)

    def approve_end(self) -> None:
        approve_runs(runs=waiting(self.granted.wave), approver=self.granted.approver)

    def approve(self) -> None:
        approve_run(run=self._run(RunState.PROPOSED), approver=self.granted.approver)

    def pay(self) -> None:
        self.propose_instalment()
        self.approve_and_post()

    def settle(self) -> None:
        self.propose_settlement()
        self.approve_and_post()

    def refund(self) -> None:
        self.propose_refund()
        self.approve_and_post()

    def end(self) -> None:
        self.propose_end()
        self.approve_and_post()

    def approve_and_post(self) -> None:
        for run in Run.objects.filter(state=RunState.PROPOSED):
            approve_run(run=run, approver=self.granted.approver)
            post_run(run=run, chunk_owners=2)

    def post(self) -> None:
        post_run(run=self._run(RunState.APPROVED), chunk_owners=2)

    def answer(self) -> None:
        run = self._run(RunState.FINISHED)
        ids = list(Payment.objects.filter(run=run.pk).order_by("owner").values_list("public_id", flat=True))
        said = self.random.choices(["paid", "rejected", None], k=len(ids))
        record_results(
            run=run,
            paid=[public_id for public_id, word in zip(ids, said, strict=True) if word == "paid"],
            rejected={public_id: "AC01" for public_id, word in zip(ids, said, strict=True) if word == "rejected"},
            actor=self.granted.operator,
        )

    def bounce(self) -> None:
        run = self._run(RunState.FINISHED)
        ids = list(Payment.objects.filter(run=run.pk).order_by("owner").values_list("public_id", flat=True))
        said = {public_id: "AC04" for public_id in ids if self.random.random() < 0.5}
        record_results(run=run, paid=[], rejected={}, bounced=said, actor=self.granted.operator)

    def close(self) -> None:
        """What a programme may do whose incentives return too: give back what is left, and close the account."""
        owner = incentive_account(self._person().number)
        held_idr = available_idr(owner)
        returned = returned_pool(fund=self.granted.wave.fund, day=clock.today())
        post(owner=owner, key="return:incentive", debit=owner, credit=returned, amount_idr=held_idr)
        Balance.objects.filter(owner=owner).update(closed_on=clock.today())

    def _person(self) -> Enrolment:
        return Enrolment.objects.select_related("wave").get(pk=self.random.choice(self.granted.enrolments).pk)

    def _purchase(self) -> Purchase:
        return self._one(list(Purchase.objects.order_by("pk")))

    def _run(self, state: RunState) -> Run:
        # The grant has no payments, and its turn never comes again.
        return self._one(list(Run.objects.filter(state=state).exclude(kind="grant").order_by("pk")))

    def _one(self, found: list[_T]) -> _T:
        if not found:
            raise BekalError
        return self.random.choice(found)


DEEDS: Final[list[Callable[[Life], None]]] = [
    *[Life.buy, Life.finish, Life.pay, Life.answer, Life.bounce] * 3,
    *[Life.propose_instalment, Life.propose_settlement, Life.propose_refund, Life.propose_end, Life.approve_end],
    *[Life.approve, Life.post] * 2,
    *[Life.redeem, Life.attend, Life.complete, Life.rate],
    *[Life.link, Life.verify, Life.settle, Life.refund, Life.end, Life.close],
]


@pytest.mark.django_db
@pytest.mark.slow(seconds=60)
def test_random_lives_stay_exact() -> None:
    granted = grant_wave(count=3)
    with on(ACCEPTED_ON):
        trainings = make_trainings(*PRICES_IDR, provider="One provider") + make_trainings(*PRICES_IDR)

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
    @given(
        seed=st.integers(0, 2**32),
        days=st.lists(
            st.tuples(st.sampled_from([0, 0, 0, 1, 5, 31, 200]), st.lists(st.sampled_from(DEEDS), min_size=3, max_size=12)),
            min_size=3,
            max_size=8,
        ),
    )
    def lives(seed: int, days: list[tuple[int, list[Callable[[Life], None]]]]) -> None:
        with transaction.atomic():
            day, life = ACCEPTED_ON, Life(granted, trainings, seed)
            begun: list[Callable[[Life], None]] = [Life.link, Life.verify, *[Life.buy] * 6, *[Life.finish] * 3]
            for passed, deeds in ((0, begun), *days):
                day += timedelta(days=passed)
                with on(day):
                    for deed in deeds:
                        with suppress(BekalError), transaction.atomic():
                            deed(life)
            with on(day):
                judge(granted)
            transaction.set_rollback(True)

    lives()


def judge(granted: GrantedWave) -> None:
    assert audit().findings == ()
    assert fund_position(granted.wave.fund).is_exact
    for enrolment in granted.enrolments:
        positions = enrolment_position(enrolment.number)
        training, incentive = positions[AccountKind.TRAINING], positions[AccountKind.INCENTIVE]
        assert (training.is_exact, incentive.is_exact) == (True, True)
        kept = list(Purchase.objects.filter(enrolment=enrolment, status=PurchaseStatus.BOUGHT))
        released_idr = sum(purchase.released_idr for purchase in kept)
        spent_idr = sum(purchase.price_idr for purchase in kept)
        assert (training.escrow_idr, training.released_idr) == (spent_idr - released_idr, released_idr)
        assert training.remaining_idr + training.returned_idr == TRAINING_IDR - training.escrow_idr - training.released_idr
        statuses = [instalment.status for instalment in instalments_of(enrolment)]
        assert incentive.paid_idr == statuses.count(InstalmentStatus.PAID) * INSTALMENT_IDR
        assert incentive.clearing_idr == statuses.count(InstalmentStatus.IN_CLEARING) * INSTALMENT_IDR
        assert incentive.remaining_idr + incentive.returned_idr == INCENTIVE_IDR - incentive.paid_idr - incentive.clearing_idr
    for provider in Provider.objects.all():
        pool = payable_pool(provider.number)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(CASE credit WHEN %s THEN amount_idr ELSE -amount_idr END), 0)"
                " FROM ledger_transfer WHERE %s IN (debit, credit)",
                [pool, pool],
            )
            assert cursor.fetchone() == (payable_idr(provider),)
