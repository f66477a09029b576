from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pytest
from django.db import connection

from bekal.access.errors import RoleMissing, SamePerson
from bekal.ledger.accounts import TREASURY, fund_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import BadAmount, WouldOverdraw
from bekal.ledger.models import Run, RunSkip, RunState, Transfer
from bekal.ledger.queries import available_idr, can_give_idr, fund_position
from bekal.ledger.runs.services import approve_run, cancel_run, post_run
from bekal.programmes.models import Wave
from bekal.treasury.errors import (
    BadReference,
    NotALaterWave,
    NothingReturned,
    NotRemitted,
    OrderUsed,
    ReceiptUsed,
    UnknownOrder,
)
from bekal.treasury.models import Remittance
from bekal.treasury.remittances import propose_reallocation, propose_remittance, record_receipt, returned_pools
from bekal.treasury.services import propose_revocation
from tests.builders import (
    FIRST_PURCHASE_BY,
    TOTAL_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    grant_wave,
    make_wave,
    on,
)
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("treasury")
REVOKED_ON: Final = day_after(FIRST_PURCHASE_BY)
RETURNED_IDR: Final = 2 * TOTAL_IDR


@dataclass(frozen=True)
class Treasury:
    """A wave of two people who were both revoked in 2021, and an empty later wave."""

    granted: GrantedWave
    later: Wave

    @property
    def returned(self) -> int:
        return returned_pools(self.granted.wave)[2021]

    def held_idr(self) -> int | None:
        return can_give_idr(owner=self.granted.wave.fund, account=self.returned)

    def remittance(self, amount_idr: Any = RETURNED_IDR, order_number: str = "S-1/2021", fiscal_year: int = 2021) -> Run:
        return propose_remittance(
            wave=self.granted.wave,
            fiscal_year=fiscal_year,
            amount_idr=amount_idr,
            order_number=order_number,
            proposer=self.granted.operator,
        )

    def reallocation(self, amount_idr: int = RETURNED_IDR, order_number: str = "R-1/2021") -> Run:
        return propose_reallocation(
            wave=self.granted.wave,
            to_wave=self.later,
            fiscal_year=2021,
            amount_idr=amount_idr,
            order_number=order_number,
            proposer=self.granted.operator,
        )

    def post(self, run: Run) -> Run:
        (posted,) = approve_and_post([run], self.granted.approver)
        return posted


def make_scene() -> Treasury:
    granted = grant_wave(count=2)
    later = make_wave(number=13, accepted_on=date(2021, 4, 1))
    with on(REVOKED_ON):
        approve_and_post([propose_revocation(wave=granted.wave, proposer=granted.operator)], granted.approver)
    return Treasury(granted, later)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Treasury]:
    with made_once(django_db_blocker, make_scene) as made:
        yield made


@pytest.fixture
def treasury(scene: Treasury) -> Iterator[Treasury]:
    with found_again(scene) as found, on(REVOKED_ON):
        yield found


def skip_reasons(run: Run) -> list[str]:
    return list(RunSkip.objects.filter(run=run.pk).values_list("reason", flat=True))


class TestRemittance:
    def test_moves_what_returned_to_the_treasury(self, treasury: Treasury) -> None:
        run = treasury.remittance(1_000)
        assert (run.state, run.target_count, run.bound_idr, treasury.held_idr()) == (RunState.PROPOSED, 1, 1_000, RETURNED_IDR)
        run = treasury.post(run)
        assert (run.state, run.posted_count, run.posted_idr) == (RunState.FINISHED, 1, 1_000)
        transfer = Transfer.objects.get(run=run.pk)
        assert (transfer.owner, transfer.debit, transfer.credit, transfer.amount_idr, transfer.key) == (
            treasury.granted.wave.fund,
            treasury.returned,
            TREASURY,
            1_000,
            "remit:S-1/2021",
        )
        position = fund_position(treasury.granted.wave.fund)
        assert (position.remitted_idr, position.is_exact, treasury.held_idr()) == (1_000, True, RETURNED_IDR - 1_000)
        assert position.training.returned_idr + position.incentive.returned_idr == RETURNED_IDR
        assert audit().findings == ()

    def test_of_a_past_year_is_dated_in_this_one(self, treasury: Treasury) -> None:
        with on(date(2022, 1, 3)):
            run = treasury.post(treasury.remittance())
        assert run.posting_date == date(2022, 1, 3)
        assert treasury.held_idr() == 0
        assert audit().findings == ()

    def test_of_everything_is_possible_and_of_one_rupiah_more_is_not(self, treasury: Treasury) -> None:
        with pytest.raises(WouldOverdraw) as caught:
            treasury.remittance(RETURNED_IDR + 1)
        assert caught.value.details == {"available_idr": RETURNED_IDR, "amount_idr": RETURNED_IDR + 1, "missing_idr": 1}
        assert (Remittance.objects.count(), Run.objects.filter(kind="remittance").count()) == (0, 0)
        assert treasury.post(treasury.remittance()).posted_idr == RETURNED_IDR

    def test_is_judged_again_under_the_lock(self, treasury: Treasury) -> None:
        runs = [treasury.remittance(order_number=order) for order in ("A", "B")]
        first, second = [treasury.post(run) for run in runs]
        assert (first.posted_idr, second.posted_idr) == (RETURNED_IDR, 0)
        assert skip_reasons(second) == ["insufficient"]
        assert (treasury.held_idr(), audit().findings) == (0, ())

    def test_needs_a_second_person(self, treasury: Treasury) -> None:
        run = treasury.remittance()
        with pytest.raises(SamePerson):
            approve_run(run=run, approver=treasury.granted.operator)
        with pytest.raises(RoleMissing):
            propose_remittance(
                wave=treasury.granted.wave,
                fiscal_year=2021,
                amount_idr=1,
                order_number="X",
                proposer=treasury.granted.approver,
            )

    @pytest.mark.parametrize("amount", [0, -1, 2**63, 1.0, True, "1"])
    def test_refuses_what_is_no_amount(self, treasury: Treasury, amount: Any) -> None:
        with pytest.raises(BadAmount):
            treasury.remittance(amount)

    @pytest.mark.parametrize("order_number", ["", " ", "a:b", "a b", "é", "a" * 65, "-1", "a\n"])
    def test_refuses_what_is_no_number(self, treasury: Treasury, order_number: str) -> None:
        with pytest.raises(BadReference):
            treasury.remittance(order_number=order_number)

    def test_of_a_year_without_returns_is_refused(self, treasury: Treasury) -> None:
        with pytest.raises(NothingReturned):
            treasury.remittance(fiscal_year=2020)

    def test_uses_an_order_once(self, treasury: Treasury) -> None:
        run = treasury.remittance(1)
        with pytest.raises(OrderUsed):
            treasury.remittance(1)
        with pytest.raises(OrderUsed):
            treasury.reallocation(1, "S-1/2021")
        treasury.post(run)
        with pytest.raises(OrderUsed):
            treasury.remittance(1)
        assert Remittance.objects.get().run == run

    def test_may_be_proposed_again_once_it_was_cancelled(self, treasury: Treasury) -> None:
        cancel_run(run=treasury.remittance(1), actor=treasury.granted.operator)
        run = treasury.post(treasury.remittance(2))
        assert (run.posted_idr, Remittance.objects.get().run) == (2, run)
        assert audit().findings == ()


class TestReceipt:
    def test_is_recorded_once_for_one_remittance(self, treasury: Treasury) -> None:
        operator = treasury.granted.operator
        for order in ("A", "B"):
            treasury.post(treasury.remittance(1, order))
        for _ in range(2):
            assert record_receipt(order_number="A", receipt_number="N1", actor=operator).receipt_number == "N1"
        for order, receipt in (("A", "N2"), ("B", "N1")):
            with pytest.raises(ReceiptUsed):
                record_receipt(order_number=order, receipt_number=receipt, actor=operator)
        assert dict(Remittance.objects.values_list("order_number", "receipt_number")) == {"A": "N1", "B": None}

    def test_waits_for_the_remittance(self, treasury: Treasury) -> None:
        operator = treasury.granted.operator
        treasury.remittance(1)
        with pytest.raises(NotRemitted):
            record_receipt(order_number="S-1/2021", receipt_number="N1", actor=operator)
        with pytest.raises(UnknownOrder):
            record_receipt(order_number="S-2/2021", receipt_number="N1", actor=operator)
        with pytest.raises(BadReference):
            record_receipt(order_number="S-1/2021", receipt_number="", actor=operator)
        with pytest.raises(RoleMissing):
            record_receipt(order_number="S-1/2021", receipt_number="N1", actor=treasury.granted.approver)


class TestReallocation:
    def test_moves_what_returned_through_the_treasury_into_a_later_wave(self, treasury: Treasury) -> None:
        run = treasury.post(treasury.reallocation(5_000))
        assert (run.bound_idr, run.posted_count, run.posted_idr) == (5_000, 1, 5_000)
        flows = Transfer.objects.filter(amount_idr=5_000).order_by("owner").values_list("owner", "debit", "credit", "key")
        source, later = treasury.granted.wave.fund, treasury.later.fund
        assert list(flows) == [
            (source, treasury.returned, TREASURY, "reallocate:R-1/2021"),
            (later, TREASURY, later, "reallocated:R-1/2021"),
        ]
        assert (available_idr(later), treasury.held_idr()) == (5_000, RETURNED_IDR - 5_000)
        positions = [fund_position(fund) for fund in (source, later)]
        assert [(each.funded_idr, each.remitted_idr, each.is_exact) for each in positions] == [
            (RETURNED_IDR, 5_000, True),
            (5_000, 0, True),
        ]
        assert audit().findings == ()

    def test_never_overdraws_what_returned(self, treasury: Treasury) -> None:
        remitted, reallocated = treasury.remittance(RETURNED_IDR), treasury.reallocation(1)
        treasury.post(remitted)
        assert skip_reasons(treasury.post(reallocated)) == ["insufficient"]
        assert (available_idr(treasury.later.fund), treasury.held_idr()) == (0, 0)
        with pytest.raises(WouldOverdraw):
            treasury.reallocation(1, "R-2")
        assert audit().findings == ()

    def test_goes_to_a_later_wave_only(self, treasury: Treasury) -> None:
        earlier = make_wave(number=11, accepted_on=date(2021, 2, 1))
        for to_wave in (earlier, treasury.granted.wave):
            with pytest.raises(NotALaterWave):
                propose_reallocation(
                    wave=treasury.granted.wave,
                    to_wave=to_wave,
                    fiscal_year=2021,
                    amount_idr=1,
                    order_number="R",
                    proposer=treasury.granted.operator,
                )

    def test_is_posted_whole_or_not_at_all(self, treasury: Treasury) -> None:
        run = approve_run(run=treasury.reallocation(7), approver=treasury.granted.approver)
        Run.objects.filter(pk=run.pk).update(parameters={**run.parameters, "to_fund": fund_account(999_999)})
        with pytest.raises(Exception, match="unknown"):
            post_run(run=run)


def test_an_overdrawn_pool_and_a_remittance_without_an_order_are_found(treasury: Treasury) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_must_post(%s, 'remit:none', %s, -1, %s, %s, now())",
            [treasury.granted.wave.fund, treasury.returned, RETURNED_IDR + 1, REVOKED_ON],
        )
    assert sorted(finding.check for finding in audit().findings) == ["pooled", "remittance"]
