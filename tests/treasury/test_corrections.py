from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import pytest

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, User
from bekal.ledger.accounts import AccountKind, account_id, incentive_account, provider_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import AccountClosed, FlowNotAllowed, UnknownAccount, WouldOverdraw
from bekal.ledger.models import Run, RunSkip, RunState, Transfer
from bekal.ledger.queries import available_idr, can_give_idr, enrolment_position, fund_position
from bekal.ledger.runs.services import approve_run, post_run
from bekal.ledger.services import fund_wave, open_channels, post, returned_pool
from bekal.participants.models import Enrolment
from bekal.purchases.services import buy_training
from bekal.treasury.corrections import propose_correction
from bekal.treasury.errors import AlreadyCorrected, NotCorrectable, ReasonMissing, UnknownTransfer
from bekal.treasury.remittances import propose_remittance, returned_pools
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    TOTAL_IDR,
    TRAINING_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    grant_wave,
    make_training,
    on,
)
from tests.ledger.chain import walk

pytestmark = pytest.mark.django_db
PRICE_IDR: Final = 371_000


@dataclass(frozen=True)
class Books:
    """A wave of two people, of whom one bought a course."""

    granted: GrantedWave
    buyer: Enrolment
    provider: int

    @property
    def training(self) -> int:
        return training_account(self.buyer.number)

    @property
    def incentive(self) -> int:
        return incentive_account(self.buyer.number)

    def propose(self, owner: int, key: str) -> Run:
        sequence = Transfer.objects.get(owner=owner, key=key).sequence
        return propose_correction(owner=owner, sequence=sequence, reason="a mistake", proposer=self.granted.operator)

    def correct(self, owner: int, key: str) -> Run:
        (run,) = approve_and_post([self.propose(owner, key)], self.granted.approver)
        return run

    def require_exact(self, *, audited: bool = True) -> None:
        assert all(position.is_exact for position in enrolment_position(self.buyer.number).values())
        assert fund_position(self.granted.wave.fund).is_exact
        walk()
        assert not audited or audit().findings == ()


@pytest.fixture
def books() -> Iterator[Books]:
    granted = grant_wave(count=2)
    with on(day_after(ACCEPTED_ON)):
        training = make_training(PRICE_IDR)
        buy_training(enrolment=granted.enrolments[0], training=training, price_idr=PRICE_IDR, request_key=uuid4())
        yield Books(granted, granted.enrolments[0], training.provider.number)


def bought(books: Books) -> str:
    return Transfer.objects.get(owner=books.training, key__startswith="buy:").key


class TestCorrection:
    def test_reverses_a_transfer_by_a_new_one(self, books: Books) -> None:
        rows = Transfer.objects.count()
        run = books.correct(books.training, bought(books))
        assert (run.state, run.fund, run.posted_count, run.posted_idr) == (
            RunState.FINISHED,
            books.granted.wave.fund,
            1,
            PRICE_IDR,
        )
        row = Transfer.objects.get(run=run.pk)
        assert (row.owner, row.debit, row.credit, row.amount_idr, row.key) == (
            books.training,
            account_id(books.provider, AccountKind.ESCROW),
            books.training,
            PRICE_IDR,
            "correct:2",
        )
        assert (available_idr(books.training), Transfer.objects.count()) == (TRAINING_IDR, rows + 1)
        books.require_exact()

    def test_of_a_funding_takes_it_out_of_the_fund(self, books: Books) -> None:
        fund = books.granted.wave.fund
        fund_wave(fund=fund, amount_idr=500, reference="too much")
        books.correct(fund, "fund:too much")
        assert (available_idr(fund), fund_position(fund).funded_idr) == (0, 2 * TOTAL_IDR)
        books.require_exact()

    def test_of_a_funding_that_was_granted_since_is_refused_with_what_is_missing(self, books: Books) -> None:
        fund = books.granted.wave.fund
        fund_wave(fund=fund, amount_idr=500, reference="some")
        rows = Transfer.objects.count()
        with pytest.raises(WouldOverdraw) as caught:
            books.propose(fund, "fund:wave-12")
        assert caught.value.details["missing_idr"] == 2 * TOTAL_IDR - 500
        assert (Transfer.objects.count(), Run.objects.filter(kind="correction").count()) == (rows, 0)

    def test_of_a_release_takes_it_back_from_the_provider(self, books: Books) -> None:
        escrow, payable = account_id(books.provider, AccountKind.ESCROW), account_id(books.provider, AccountKind.PAYABLE)
        post(owner=books.training, key="release:x", debit=escrow, credit=payable, amount_idr=PRICE_IDR)
        with pytest.raises(WouldOverdraw):
            books.propose(books.training, bought(books))
        books.correct(books.training, "release:x")
        position = enrolment_position(books.buyer.number)[AccountKind.TRAINING]
        assert (position.escrow_idr, position.released_idr, can_give_idr(owner=books.training, account=payable)) == (
            PRICE_IDR,
            0,
            0,
        )
        books.require_exact(audited=False)

    def test_of_a_release_that_was_settled_since_is_skipped_under_the_lock(self, books: Books) -> None:
        escrow, payable = account_id(books.provider, AccountKind.ESCROW), account_id(books.provider, AccountKind.PAYABLE)
        clearing = account_id(open_channels(codes=["bank"])["bank"], AccountKind.CLEARING)
        provider = provider_account(books.provider)
        post(owner=books.training, key="release:x", debit=escrow, credit=payable, amount_idr=PRICE_IDR)
        run = approve_run(run=books.propose(books.training, "release:x"), approver=books.granted.approver)
        post(owner=provider, key="settle:1", debit=payable, credit=clearing, amount_idr=PRICE_IDR)
        finished = post_run(run=run)
        assert (finished.posted_idr, RunSkip.objects.get(run=finished.pk).reason) == (0, "insufficient")

    def test_of_a_payment_and_of_an_instalment_bring_it_back_step_by_step(self, books: Books) -> None:
        channel = open_channels(codes=["bank"])["bank"]
        clearing, paid = account_id(channel, AccountKind.CLEARING), account_id(channel, AccountKind.PAID)
        post(owner=books.incentive, key="pay:1", debit=books.incentive, credit=clearing, amount_idr=600_000)
        post(owner=books.incentive, key="paid:1", debit=clearing, credit=paid, amount_idr=600_000)
        with pytest.raises(WouldOverdraw):
            books.propose(books.incentive, "pay:1")
        books.correct(books.incentive, "paid:1")
        books.correct(books.incentive, "pay:1")
        assert available_idr(books.incentive) == INCENTIVE_IDR
        books.require_exact(audited=False)

    def test_of_a_return_is_taken_from_what_returned(self, books: Books) -> None:
        returned = returned_pool(fund=books.granted.wave.fund, day=ACCEPTED_ON)
        post(owner=books.training, key="return:odd", debit=books.training, credit=returned, amount_idr=1_000)
        books.correct(books.training, "return:odd")
        position = enrolment_position(books.buyer.number)[AccountKind.TRAINING]
        assert (position.returned_idr, position.remaining_idr) == (0, TRAINING_IDR - PRICE_IDR)
        assert can_give_idr(owner=books.training, account=returned) == 0
        books.require_exact()

    def test_of_a_remittance_brings_it_back(self, books: Books) -> None:
        wave = books.granted.wave
        with on(day_after(FIRST_PURCHASE_BY)):
            approve_and_post([propose_revocation(wave=wave, proposer=books.granted.operator)], books.granted.approver)
            remittance = propose_remittance(
                wave=wave, fiscal_year=2021, amount_idr=TOTAL_IDR, order_number="S-1", proposer=books.granted.operator
            )
            approve_and_post([remittance], books.granted.approver)
            books.correct(wave.fund, "remit:S-1")
        assert (fund_position(wave.fund).remitted_idr, can_give_idr(owner=wave.fund, account=returned_pools(wave)[2021])) == (
            0,
            TOTAL_IDR,
        )
        books.require_exact()

    def test_may_itself_be_corrected(self, books: Books) -> None:
        key = bought(books)
        books.correct(books.training, key)
        books.correct(books.training, "correct:2")
        assert available_idr(books.training) == TRAINING_IDR - PRICE_IDR
        books.require_exact()

    def test_happens_once(self, books: Books) -> None:
        key = bought(books)
        rivals = [books.propose(books.training, key) for _ in range(2)]
        first, second = approve_and_post(rivals, books.granted.approver)
        assert (first.posted_idr, second.posted_idr) == (PRICE_IDR, 0)
        assert RunSkip.objects.get(run=second.pk).reason in {"already_posted", "insufficient"}
        with pytest.raises(AlreadyCorrected):
            books.propose(books.training, key)
        books.require_exact()

    def test_never_touches_a_grant(self, books: Books) -> None:
        for owner, key in ((books.training, "grant:training"), (books.incentive, "grant:incentive")):
            with pytest.raises(NotCorrectable):
                books.propose(owner, key)
        allocated = Transfer.objects.get(owner=books.granted.wave.fund, key__startswith="allocate:")
        with pytest.raises(NotCorrectable):
            books.propose(allocated.owner, allocated.key)

    def test_never_touches_a_closed_account(self, books: Books) -> None:
        idle = books.granted.enrolments[1]
        with on(day_after(FIRST_PURCHASE_BY)):
            revocation = propose_revocation(wave=books.granted.wave, proposer=books.granted.operator)
            approve_and_post([revocation], books.granted.approver)
            with pytest.raises(AccountClosed):
                books.propose(training_account(idle.number), "return:training")

    def test_needs_a_reason_an_operator_and_a_second_person(self, books: Books) -> None:
        def propose(reason: str, proposer: User) -> Run:
            return propose_correction(owner=books.training, sequence=2, reason=reason, proposer=proposer)

        with pytest.raises(ReasonMissing):
            propose(" ", books.granted.operator)
        with pytest.raises(RoleMissing):
            propose("r", books.granted.approver)
        run = propose("r", books.granted.operator)
        with pytest.raises(SamePerson):
            approve_run(run=run, approver=books.granted.operator)
        assert run.reason == "r"
        assert Act.objects.filter(subject=f"run:{run.public_id}").count() == 1

    def test_of_what_is_not_there_says_so(self, books: Books) -> None:
        with pytest.raises(UnknownAccount):
            propose_correction(owner=99_999_991, sequence=1, reason="r", proposer=books.granted.operator)
        for sequence in (0, -1, 3, 2**31 - 1):
            with pytest.raises(UnknownTransfer):
                propose_correction(owner=books.training, sequence=sequence, reason="r", proposer=books.granted.operator)

    def test_a_reversing_flow_needs_the_key_of_a_correction(self, books: Books) -> None:
        fund = books.granted.wave.fund
        fund_wave(fund=fund, amount_idr=500, reference="x")
        with pytest.raises(FlowNotAllowed):
            post(owner=fund, key="take:1", debit=fund, credit=-1, amount_idr=500)
