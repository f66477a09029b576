from datetime import date
from typing import Any, Final

import pytest
from django.db import IntegrityError, connection, transaction

from bekal.access.models import Role
from bekal.core import clock
from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import TREASURY, AccountKind, account_id, escrow_pool, kind_of, training_account
from bekal.ledger.audit import audit
from bekal.ledger.bulk import post_many
from bekal.ledger.errors import AccountClosed, BadAmount, BulkRefused, InsufficientBalance, KeyConflict, UnknownAccount
from bekal.ledger.models import Pool, Transfer
from bekal.ledger.queries import StatementLine, available_idr, closed_on, fund_position, statement
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.services import (
    Posting,
    fund_wave,
    lock_owner,
    open_entitlements,
    open_fund,
    open_providers,
    post,
    returned_pool,
)
from tests.builders import make_user, on
from tests.ledger.chain import walk
from tests.ledger.kinds import ALLOT, SWEEP

DAY: Final = date(2021, 6, 15)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]


class Desk:
    """One wave with one person who holds Rp 300 of training, and one provider."""

    def __init__(self) -> None:
        self.operator, self.approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        self.fund = open_fund()
        fund_wave(fund=self.fund, amount_idr=1_000, reference="1")
        (self.number,) = open_entitlements(fund=self.fund, count=1)
        self.training = training_account(self.number)
        (self.provider,) = open_providers(scopes=["provider"])
        self.escrow = escrow_pool(self.provider)
        self.returned = returned_pool(fund=self.fund, day=DAY)
        self.run(ALLOT.code, amount_idr=300, decision="1")

    def run(self, kind: str, **parameters: str | int) -> None:
        asked = {**parameters, "owners": [self.training]}
        run = propose_run(kind=kind, fund=self.fund, parameters=asked, proposer=self.operator, returned=self.returned)
        post_run(run=approve_run(run=run, approver=self.approver))

    def buy(self, amount_idr: int, key: str = "order:1") -> Posting:
        return post(owner=self.training, key=key, debit=self.training, credit=self.escrow, amount_idr=amount_idr)

    def refund(self, amount_idr: int, *, forward_to: int | None = None) -> Posting:
        return post(
            owner=self.training,
            key="undo:1",
            debit=self.escrow,
            credit=self.training,
            amount_idr=amount_idr,
            forward_to=forward_to,
        )


@pytest.fixture
def desk() -> Any:
    with on(DAY):
        yield Desk()


def test_posting_moves_the_balance_and_tells_its_place(desk: Desk) -> None:
    assert desk.buy(120) == Posting(owner=desk.training, sequence=2, after_idr=180, replayed=False)
    assert available_idr(desk.training) == 180


def test_statement_tells_every_transfer(desk: Desk) -> None:
    desk.buy(120)
    now = clock.now()
    assert statement(desk.training) == [
        StatementLine(1, DAY, now, "allot:1", AccountKind.GRANTING, change_idr=300, moved_idr=300, after_idr=300),
        StatementLine(2, DAY, now, "order:1", AccountKind.ESCROW, change_idr=-120, moved_idr=120, after_idr=180),
    ]


def test_same_key_and_content_gives_the_first_result_again(desk: Desk) -> None:
    first = desk.buy(120)
    desk.buy(50, key="order:2")
    assert desk.buy(120) == Posting(owner=first.owner, sequence=first.sequence, after_idr=180, replayed=True)
    assert available_idr(desk.training) == 130


def test_same_key_with_other_content_is_refused(desk: Desk) -> None:
    desk.buy(120)
    (other,) = open_providers(scopes=["other"])
    with pytest.raises(KeyConflict):
        desk.buy(121)
    with pytest.raises(KeyConflict):
        post(owner=desk.training, key="order:1", debit=desk.training, credit=escrow_pool(other), amount_idr=120)
    with pytest.raises(KeyConflict):
        post(owner=desk.training, key="order:1", debit=desk.escrow, credit=desk.training, amount_idr=120)
    assert available_idr(desk.training) == 180


def test_same_key_of_another_owner_is_another_fact(desk: Desk) -> None:
    (number,) = open_entitlements(fund=desk.fund, count=1)
    assert fund_wave(fund=open_fund(), amount_idr=5, reference="1").replayed is False
    with pytest.raises(InsufficientBalance):
        post(owner=training_account(number), key="order:1", debit=training_account(number), credit=desk.escrow, amount_idr=1)


def test_everything_can_be_spent_and_one_rupiah_more_cannot(desk: Desk) -> None:
    with pytest.raises(InsufficientBalance) as caught:
        desk.buy(301)
    assert caught.value.details == {"available_idr": 300, "amount_idr": 301, "missing_idr": 1}
    assert desk.buy(300).after_idr == 0


def test_refusals_leave_the_transaction_usable(desk: Desk) -> None:
    with transaction.atomic():
        with pytest.raises(InsufficientBalance):
            desk.buy(301)
        desk.buy(300)
    assert available_idr(desk.training) == 0


@pytest.mark.parametrize("amount", [0, -1, MAX_IDR + 1, True, False, 1.0, 0.5, float("nan"), "1", None])
def test_an_amount_is_a_whole_number_of_rupiah_above_zero(desk: Desk, amount: Any) -> None:
    rows = Transfer.objects.count()
    with pytest.raises(BadAmount):
        desk.buy(amount)
    with pytest.raises(BadAmount):
        post_many(owners=[desk.training], debits=[desk.training], credits_=[desk.escrow], amounts_idr=[amount], keys=["order:1"])
    assert Transfer.objects.count() == rows


def test_the_largest_amount_fits_and_no_balance_grows_beyond_it(desk: Desk) -> None:
    fund = open_fund()
    assert fund_wave(fund=fund, amount_idr=MAX_IDR, reference="all").after_idr == MAX_IDR
    with pytest.raises(BadAmount), transaction.atomic():
        fund_wave(fund=fund, amount_idr=1, reference="more")
    assert available_idr(fund) == MAX_IDR


def test_unknown_account(desk: Desk) -> None:
    unknown = desk.training + 10_000_000
    with pytest.raises(UnknownAccount):
        post(owner=unknown, key="x", debit=unknown, credit=desk.escrow, amount_idr=1)
    with pytest.raises(UnknownAccount):
        lock_owner(owner=unknown)
    with pytest.raises(UnknownAccount):
        available_idr(unknown)


def test_a_closed_account_gives_nothing_and_takes_nothing(desk: Desk) -> None:
    desk.buy(120)
    desk.run(SWEEP.code)
    assert (available_idr(desk.training), closed_on(desk.training)) == (0, DAY)
    for refused in (lambda: desk.buy(1, key="order:2"), lambda: desk.refund(120), lambda: lock_owner(owner=desk.training)):
        with pytest.raises(AccountClosed) as caught:
            refused()
        assert caught.value.details == {"closed_on": DAY}
    assert audit().exact


def test_a_late_credit_to_a_closed_account_goes_on(desk: Desk) -> None:
    desk.buy(120)
    desk.run(SWEEP.code)
    late = desk.refund(120, forward_to=desk.returned)
    assert late == Posting(owner=desk.training, sequence=4, after_idr=120, replayed=False)
    assert [(line.key, line.change_idr, line.after_idr) for line in statement(desk.training)[-2:]] == [
        ("undo:1", 120, 120),
        ("forward:undo:1", -120, 0),
    ]
    assert desk.refund(120, forward_to=desk.returned) == Posting(owner=desk.training, sequence=4, after_idr=120, replayed=True)
    position = fund_position(desk.fund)
    assert (position.training.returned_idr, position.training.escrow_idr, position.is_exact) == (300, 0, True)
    assert audit().exact


def test_a_repetition_is_answered_even_when_the_account_closed_since(desk: Desk) -> None:
    first = desk.buy(120)
    desk.run(SWEEP.code)
    assert desk.buy(120) == Posting(owner=desk.training, sequence=first.sequence, after_idr=180, replayed=True)


def test_forwarding_leaves_an_open_account_alone(desk: Desk) -> None:
    desk.buy(120)
    assert desk.refund(120, forward_to=desk.returned).after_idr == 300
    assert available_idr(desk.training) == 300


def test_database_keeps_no_money_in_a_closed_account(desk: Desk) -> None:
    with pytest.raises(IntegrityError, match="balance_closed_empty"), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET closed_on = %s WHERE owner = %s", [DAY, desk.training])


def test_lock_owner_tells_what_is_available(desk: Desk) -> None:
    with transaction.atomic():
        assert lock_owner(owner=desk.training) == 300


def test_posting_takes_one_round_trip(desk: Desk, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        desk.buy(120)


def test_returned_pool_is_one_for_each_wave_and_year(desk: Desk) -> None:
    pools = [
        returned_pool(fund=desk.fund, day=date(2021, 1, 1)),
        returned_pool(fund=desk.fund, day=date(2022, 1, 1)),
        returned_pool(fund=open_fund(), day=DAY),
    ]
    assert pools[0] == desk.returned
    assert len(set(pools)) == 3
    assert all(kind_of(pool) is AccountKind.RETURNED for pool in pools)


def test_a_provider_has_its_own_row_and_two_pools() -> None:
    numbers = open_providers(scopes=["a", "b"])
    assert dict(Pool.objects.filter(scope__in=["a", "b"]).values_list("id", "scope")) == {
        account_id(number, kind): scope
        for number, scope in zip(numbers, "ab", strict=True)
        for kind in (AccountKind.ESCROW, AccountKind.PAYABLE)
    }


def test_a_provider_scope_is_used_once() -> None:
    open_providers(scopes=["a"])
    with pytest.raises(IntegrityError), transaction.atomic():
        open_providers(scopes=["a"])


class TestPostMany:
    def many(self, *rows: tuple[int, int, int, int, str]) -> None:
        owners, debits, credits_, amounts_idr, keys = (list(column) for column in zip(*rows, strict=True))
        post_many(owners=owners, debits=debits, credits_=credits_, amounts_idr=amounts_idr, keys=keys)

    def test_posts_one_transfer_for_each_owner(self, desk: Desk) -> None:
        self.many((desk.training, desk.training, desk.escrow, 120, "order:1"), (desk.fund, TREASURY, desk.fund, 5, "fund:2"))
        assert available_idr(desk.training) == 180
        assert desk.buy(120).replayed is True
        assert fund_wave(fund=desk.fund, amount_idr=5, reference="2").replayed is True
        walk()
        assert audit().exact

    @pytest.mark.parametrize("refused", ["insufficient", "unknown", "same key", "twice", "flow", "closed"])
    def test_posts_all_or_none(self, desk: Desk, refused: str) -> None:
        owner, escrow, training = desk.fund, desk.escrow, desk.training
        bad = {
            "insufficient": (training, training, escrow, 301, "order:2"),
            "unknown": (training + 1_000_000, training + 1_000_000, escrow, 1, "order:2"),
            "same key": (training, training, escrow, 1, "allot:1"),
            "twice": (owner, TREASURY, owner, 5, "fund:3"),
            "flow": (training, training, TREASURY, 1, "order:2"),
            "closed": (training, training, escrow, 1, "order:2"),
        }[refused]
        if refused == "closed":
            desk.run(SWEEP.code)
        before = {account: available_idr(account) for account in (desk.fund, training)}
        with pytest.raises(BulkRefused):
            self.many((owner, TREASURY, owner, 5, "fund:2"), bad)
        assert {account: available_idr(account) for account in before} == before
        assert audit().exact
