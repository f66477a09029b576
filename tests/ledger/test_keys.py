"""Keys that name no fact: refused as what they are, whoever posts, and nothing is left behind."""

from dataclasses import replace
from typing import Any, Final

import pytest
from django.db import transaction
from django.utils.translation import override

from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import TREASURY, escrow_pool
from bekal.ledger.audit import audit
from bekal.ledger.bulk import post_many
from bekal.ledger.errors import BadAmount, BadKey, BulkRefused, FlowNotAllowed
from bekal.ledger.models import Run, RunSkip, RunState, RunTarget, Transfer
from bekal.ledger.queries import available_idr
from bekal.ledger.services import fund_wave, open_fund, open_providers, post
from tests.builders import on
from tests.ledger.kinds import LEVY, SWEEP, Known
from tests.ledger.test_bad_input import DAY, Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]
BAD_KEYS: Final = ["", "k" * 101, "é" * 51, "null\0", "half \ud800", None, 5]


@pytest.fixture
def office() -> Any:
    with on(DAY):
        yield Office()


@pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
def test_no_transfer_has_it(key: Any) -> None:
    fund = open_fund()
    with pytest.raises(BadKey) as caught:
        post(owner=fund, key=key, debit=TREASURY, credit=fund, amount_idr=1)
    assert (caught.value.code, caught.value.details["most_bytes"]) == ("bad_key", 100)
    with pytest.raises(BadKey):
        post_many(owners=[fund], debits=[TREASURY], credits_=[fund], amounts_idr=[1], keys=[key])
    assert (Transfer.objects.filter(owner=fund).count(), available_idr(fund)) == (0, 0)


@pytest.mark.parametrize("key", ["k", "k" * 100, "é" * 50])
def test_everything_else_may_be_a_key(key: str) -> None:
    fund = open_fund()
    post(owner=fund, key=key, debit=TREASURY, credit=fund, amount_idr=1)
    assert Transfer.objects.get(owner=fund).key == key


def test_a_long_one_is_shown_in_part() -> None:
    fund = open_fund()
    with override("en"), pytest.raises(BadKey, match=r"^“k{120}…” cannot name a transfer: a key is a text of 1 to 100 bytes"):
        post(owner=fund, key="k" * 3_000, debit=TREASURY, credit=fund, amount_idr=1)


def test_a_bad_amount_is_no_bad_key_and_a_bad_flow_neither() -> None:
    fund = open_fund()
    for amount_idr in (0, MAX_IDR + 1):
        with pytest.raises(BadAmount), transaction.atomic():
            post(owner=fund, key="k", debit=TREASURY, credit=fund, amount_idr=amount_idr)
    with pytest.raises(FlowNotAllowed) as caught, transaction.atomic():
        post(owner=fund, key="k", debit=TREASURY, credit=escrow_pool(1), amount_idr=1)
    assert caught.value.code == "flow_not_allowed"


def test_what_may_go_on_leaves_room_for_its_second_key(office: Office) -> None:
    owner, (provider,) = office.owners[0], open_providers(scopes=["provider"])
    post(owner=owner, key="order:1", debit=owner, credit=escrow_pool(provider), amount_idr=5)
    back = {"owner": owner, "debit": escrow_pool(provider), "credit": owner, "forward_to": office.returned}
    with pytest.raises(BadKey) as caught:
        post(**back, key="k" * 93, amount_idr=2)  # type: ignore[arg-type]
    assert caught.value.details["most_bytes"] == 92
    with pytest.raises(BadKey) as caught:
        post_many(
            owners=[owner],
            debits=[escrow_pool(provider)],
            credits_=[owner],
            amounts_idr=[2],
            keys=["k" * 93],
            forward_to=[office.returned],
        )
    assert caught.value.details["most_bytes"] == 92
    post(**back, key="k" * 92, amount_idr=2)  # type: ignore[arg-type]
    assert audit().findings == ()


@pytest.mark.parametrize("key", ["''", "repeat('k', 101)", "NULL::text"])
def test_no_target_of_a_run_has_it(office: Office, known: Known, key: str) -> None:
    bad = replace(
        SWEEP, targets_sql=f"SELECT owner, place, debit, credit, bound_idr, {key} AS key FROM ({SWEEP.targets_sql}) AS own"
    )
    known(bad)
    before = Run.objects.count(), RunTarget.objects.count()
    with pytest.raises(BadKey):
        office.propose(bad)
    assert (Run.objects.count(), RunTarget.objects.count()) == before


def test_a_kind_that_forwards_leaves_room_for_the_second_key(office: Office, known: Known) -> None:
    for length, forwards, is_good in ((92, True, True), (93, True, False), (100, False, True)):
        targets = (
            f"SELECT owner, place, debit, credit, bound_idr, rpad('k', {length}, 'k') AS key FROM ({LEVY.targets_sql}) AS own"
        )
        known(replace(LEVY, code=f"long{length}", targets_sql=targets, forwards=forwards))
        asked = replace(LEVY, code=f"long{length}")
        if is_good:
            assert office.propose(asked, amount_idr=1).target_count == 3
            continue
        with pytest.raises(BadKey) as caught:
            office.propose(asked, amount_idr=1)
        assert caught.value.details["most_bytes"] == 92


def test_more_than_an_account_can_hold_is_no_traceback(office: Office) -> None:
    fund = open_fund()
    fund_wave(fund=fund, amount_idr=MAX_IDR, reference="all")
    with pytest.raises(BadAmount), transaction.atomic():
        fund_wave(fund=fund, amount_idr=1, reference="one more")
    with pytest.raises(BulkRefused):
        post_many(owners=[fund], debits=[TREASURY], credits_=[fund], amounts_idr=[1], keys=["k"])
    assert available_idr(fund) == MAX_IDR
    assert Run.objects.filter(state=RunState.FINISHED).count() == 1
    assert RunSkip.objects.count() == 0
