"""Single postings on one owner from many threads at once."""

from functools import partial
from typing import Final

import pytest

from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.errors import InsufficientBalance, KeyConflict
from bekal.ledger.models import Transfer
from bekal.ledger.queries import available_idr
from bekal.ledger.services import Posting, fund_wave, open_entitlements, open_fund, open_providers, post, returned_pool
from tests.builders import ACCEPTED_ON
from tests.ledger.chain import walk
from tests.threads import race

THREADS: Final = 8
pytestmark = pytest.mark.usefixtures("committed_database")


@pytest.fixture
def fund(committed_database: str) -> int:
    """A fund with Rp 1,000."""
    fund = open_fund()
    fund_wave(fund=fund, amount_idr=1_000, reference="1")
    return fund


def test_debits_that_fit_are_posted_and_no_other(fund: int) -> None:
    results = race(*[partial(post, owner=fund, key=f"{n}", debit=fund, credit=-12, amount_idr=300) for n in range(THREADS)])
    posted = [result for result in results if isinstance(result, Posting)]
    assert sorted((posting.sequence, posting.after_idr) for posting in posted) == [(2, 700), (3, 400), (4, 100)]
    assert [type(result) for result in results].count(InsufficientBalance) == THREADS - 3
    assert available_idr(fund) == 100
    walk()


def test_one_key_is_posted_once(fund: int) -> None:
    results = race(*[partial(fund_wave, fund=fund, amount_idr=5, reference="2")] * THREADS)
    assert {(result.sequence, result.after_idr) for result in results} == {(2, 1_005)}
    assert sorted(result.replayed for result in results) == [False] + [True] * (THREADS - 1)
    assert Transfer.objects.filter(owner=fund).count() == 2
    walk()


def test_one_key_with_other_contents_stands_for_one_of_them(fund: int) -> None:
    results = race(*[partial(fund_wave, fund=fund, amount_idr=amount_idr, reference="2") for amount_idr in range(1, 9)])
    assert sorted(type(result).__name__ for result in results) == [KeyConflict.__name__] * (THREADS - 1) + [Posting.__name__]
    walk()


def test_credits_and_debits_of_one_owner_follow_each_other(fund: int) -> None:
    def turn(name: int) -> None:
        for step in range(10):
            fund_wave(fund=fund, amount_idr=7, reference=f"{name}-{step}")
            post(owner=fund, key=f"out:{name}-{step}", debit=fund, credit=-12, amount_idr=7)

    race(*[partial(turn, name) for name in range(THREADS)])
    assert available_idr(fund) == 1_000
    assert len(walk()[fund]) == 1 + THREADS * 20


def test_a_pool_is_opened_once(fund: int) -> None:
    results = race(*[partial(returned_pool, fund=fund, day=ACCEPTED_ON)] * THREADS)
    assert len(set(results)) == 1


def test_transfers_of_many_owners_do_not_wait_for_each_other_in_circles(fund: int) -> None:
    numbers = open_entitlements(fund=fund, count=THREADS)
    (provider,) = open_providers(scopes=["p"])
    fund_wave(fund=fund, amount_idr=THREADS * 100, reference="2")
    post(owner=fund, key="allocate", debit=fund, credit=-12, amount_idr=THREADS * 100)
    for number in numbers:
        owner = training_account(number)
        post(owner=owner, key="grant", debit=-12, credit=owner, amount_idr=100)

    def spend(name: int) -> None:
        for number in numbers[name:] + numbers[:name]:
            owner = training_account(number)
            post(owner=owner, key=f"order:{name}", debit=owner, credit=escrow_pool(provider), amount_idr=10)

    race(*[partial(spend, name) for name in range(THREADS)])
    assert {available_idr(training_account(number)) for number in numbers} == {100 - 10 * THREADS}
    walk()
