"""What reaches a closed account goes on at once: in a run and in bulk, with hashes that Python composes for itself."""

from typing import Final

import pytest

from bekal.access.models import Role
from bekal.core import clock
from bekal.ledger.accounts import AccountKind, account_id, training_account
from bekal.ledger.audit import audit
from bekal.ledger.bulk import post_many
from bekal.ledger.errors import BulkRefused
from bekal.ledger.models import Balance, Run, RunSkip
from bekal.ledger.queries import available_idr, enrolment_position, fund_position
from bekal.ledger.runs.kinds import RunKind
from bekal.ledger.runs.services import propose_run
from bekal.ledger.services import (
    allocate_numbers,
    fund_wave,
    open_channels,
    open_entitlements,
    open_fund,
    open_providers,
    post,
    returned_pool,
)
from tests.builders import approve_and_post, make_user
from tests.ledger.chain import walk
from tests.ledger.kinds import Known

pytestmark = pytest.mark.django_db
PEOPLE: Final = 5
PRICE_IDR: Final = 300


def give_back(*, forwards: bool) -> RunKind:
    return RunKind(
        code=f"test-give-back-{forwards}",
        title="Give an order's price back",
        describe=str,
        targets_sql="""
            SELECT owner, 1 AS place, %(escrow)s::bigint AS debit, owner AS credit, %(price_idr)s::bigint AS bound_idr,
                'undo' AS key
            FROM ledger_balance WHERE owner = ANY (%(owners)s::bigint[])
        """,
        verdict_sql="SELECT target.bound_idr AS amount_idr, NULL AS reason",
        forwards=forwards,
    )


class Books:
    """People who each spent Rp 300 of Rp 1,000; the second and the fourth are closed, and the rest of theirs returned."""

    def __init__(self) -> None:
        self.fund = open_fund()
        fund_wave(fund=self.fund, amount_idr=PEOPLE * 1_000, reference="all")
        granting = account_id(allocate_numbers(count=1)[0], AccountKind.GRANTING)
        post(owner=self.fund, key="allocate:0", debit=self.fund, credit=granting, amount_idr=PEOPLE * 1_000)
        (provider,) = open_providers(scopes=["a provider"])
        self.escrow = account_id(provider, AccountKind.ESCROW)
        self.returned = returned_pool(fund=self.fund, day=clock.today())
        self.numbers = open_entitlements(fund=self.fund, count=PEOPLE)
        self.owners = [training_account(number) for number in self.numbers]
        self.closed = [self.owners[1], self.owners[3]]
        for owner in self.owners:
            post(owner=owner, key="grant:training", debit=granting, credit=owner, amount_idr=1_000)
            post(owner=owner, key="order", debit=owner, credit=self.escrow, amount_idr=PRICE_IDR)
        for owner in self.closed:
            post(owner=owner, key="return:training", debit=owner, credit=self.returned, amount_idr=1_000 - PRICE_IDR)
        Balance.objects.filter(owner__in=self.closed).update(closed_on=clock.today())

    def run(self, known: Known, *, forwards: bool) -> Run:
        kind = give_back(forwards=forwards)
        known(kind)
        proposed = propose_run(
            kind=kind.code,
            fund=self.fund,
            parameters={
                "escrow": self.escrow,
                "price_idr": PRICE_IDR,
                "owners": list(self.owners),
            },
            proposer=make_user(Role.OPERATOR),
            returned=self.returned,
        )
        (run,) = approve_and_post([proposed], make_user(Role.APPROVER))
        return run

    def require_forwarded(self) -> None:
        chains = walk()
        for owner, number in zip(self.owners, self.numbers, strict=True):
            is_closed = owner in self.closed
            tail = [(row.key, row.debit, row.credit, row.after_idr) for row in chains[owner][3 if is_closed else 2 :]]
            expected = [("undo", self.escrow, owner, PRICE_IDR if is_closed else 1_000)]
            if is_closed:
                expected.append(("forward:undo", owner, self.returned, 0))
            assert tail == expected
            assert available_idr(owner) == (0 if is_closed else 1_000)
            assert enrolment_position(number)[AccountKind.TRAINING].is_exact
        assert fund_position(self.fund).is_exact


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_run_sends_what_reaches_a_closed_account_on(books: Books, known: Known) -> None:
    run = books.run(known, forwards=True)
    assert (run.posted_count, run.posted_idr, run.skipped_count) == (PEOPLE, PEOPLE * PRICE_IDR, 0)
    books.require_forwarded()
    assert audit().findings == ()


def test_a_run_that_does_not_forward_skips_a_closed_account(books: Books, known: Known) -> None:
    run = books.run(known, forwards=False)
    assert (run.posted_count, run.skipped_count) == (PEOPLE - 2, 2)
    assert set(RunSkip.objects.filter(run=run.pk).values_list("owner", "reason")) == {(owner, "closed") for owner in books.closed}
    walk()


def test_bulk_sends_what_reaches_a_closed_account_on(books: Books) -> None:
    give_back_many(books, forward_to=[books.returned] * PEOPLE)
    books.require_forwarded()


def test_bulk_refuses_a_closed_account_with_nowhere_to_go_on_to(books: Books) -> None:
    with pytest.raises(BulkRefused) as caught:
        give_back_many(books, forward_to=None)
    assert caught.value.details == {"refused": 2}
    assert {row.key for rows in walk().values() for row in rows}.isdisjoint({"undo", "forward:undo"})


def test_bulk_moves_the_pools_of_a_closed_account(books: Books) -> None:
    pools = [books.escrow] * PEOPLE, [books.escrow - 1] * PEOPLE
    post_many(owners=books.owners, debits=pools[0], credits_=pools[1], amounts_idr=[PRICE_IDR] * PEOPLE, keys=["earn"] * PEOPLE)
    assert {rows[-1].key for owner, rows in walk().items() if owner in books.owners} == {"earn"}


def test_the_pools_of_a_channel_share_a_number_and_are_opened_once() -> None:
    first = open_channels(codes=["bni", "ovo", "bni"])
    assert sorted(first) == ["bni", "ovo"]
    assert open_channels(codes=["ovo", "gopay", "bni"]) == first | {"gopay": open_channels(codes=["gopay"])["gopay"]}
    assert len(set(open_channels(codes=["ovo", "gopay", "bni"]).values())) == 3


def give_back_many(books: Books, *, forward_to: list[int | None] | None) -> None:
    post_many(
        owners=books.owners,
        debits=[books.escrow] * PEOPLE,
        credits_=books.owners,
        amounts_idr=[PRICE_IDR] * PEOPLE,
        keys=["undo"] * PEOPLE,
        forward_to=forward_to,
    )
