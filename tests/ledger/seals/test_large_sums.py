"""Sums of many amounts need not fit the column of one: audit, seal and report are exact beyond it."""

import json
from datetime import date
from typing import Final

import pytest

from bekal.access.models import Role
from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import TREASURY, AccountKind, account_id, escrow_pool, payable_pool, training_account
from bekal.ledger.audit import audit
from bekal.ledger.models import RunSkip, RunState, Transfer
from bekal.ledger.queries import available_idr, can_give_idr, fund_position
from bekal.ledger.reports import treasury_report, wave_report
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.seals.checks import exported_contradictions
from bekal.ledger.seals.queries import exported_seal, pool_totals
from bekal.ledger.seals.services import seal_day
from bekal.ledger.seals.verify import pools_hash, read_seal
from bekal.ledger.services import allocate_numbers, fund_wave, open_entitlements, open_fund, open_providers, post
from bekal.payouts.queries import payable_idr
from bekal.payouts.settlements import propose_settlement
from tests.builders import approve_and_post, make_training, make_user, on
from tests.ledger.kinds import ALLOT

DAY: Final = date(2021, 3, 1)
NEXT_DAY: Final = date(2021, 3, 2)


class Rich:
    """A wave whose people were given the largest amount there is, one after the other, as the fund holds it once at a time."""

    def __init__(self, *, people: int = 3) -> None:
        self.fund = open_fund()
        self.owners = [training_account(number) for number in open_entitlements(fund=self.fund, count=people)]
        granting = account_id(allocate_numbers(count=1)[0], AccountKind.GRANTING)
        for place, owner in enumerate(self.owners):
            fund_wave(fund=self.fund, amount_idr=MAX_IDR, reference=str(place))
            post(owner=self.fund, key=f"allocate:{place}", debit=self.fund, credit=granting, amount_idr=MAX_IDR)
            post(owner=owner, key="grant:training", debit=granting, credit=owner, amount_idr=MAX_IDR)

    def spend(self, provider: int) -> None:
        for owner in self.owners:
            post(owner=owner, key="order:1", debit=owner, credit=escrow_pool(provider), amount_idr=MAX_IDR)

    def earn(self, provider: int) -> None:
        for owner in self.owners:
            escrow, payable = escrow_pool(provider), payable_pool(provider)
            post(owner=owner, key="earn:1", debit=escrow, credit=payable, amount_idr=MAX_IDR)


@pytest.mark.django_db
def test_reports_and_positions_are_exact() -> None:
    with on(DAY):
        rich = Rich()
        position = fund_position(rich.fund)
        assert (position.funded_idr, position.training.granted_idr, position.is_exact) == (3 * MAX_IDR, 3 * MAX_IDR, True)
        (provider,) = open_providers(scopes=["provider"])
        rich.spend(provider)
        for report in (wave_report(fund=rich.fund, first=DAY, last=DAY), treasury_report(first=DAY, last=NEXT_DAY)):
            groups = {group.kind: group.closing_idr for group in report.groups}
            assert groups[AccountKind.ESCROW] == 3 * MAX_IDR
        assert groups[AccountKind.TREASURY] == -3 * MAX_IDR
        assert [type(flow.amount_idr) for flow in report.flows] == [int] * len(report.flows)
        later = treasury_report(first=NEXT_DAY, last=NEXT_DAY)
        assert {group.kind: group.opening_idr for group in later.groups}[AccountKind.TREASURY] == -3 * MAX_IDR
        assert pool_totals()[escrow_pool(provider)] == 3 * MAX_IDR
        assert audit().findings == ()


@pytest.mark.django_db
def test_what_is_owed_goes_out_in_as_many_settlements_as_it_needs() -> None:
    with on(DAY):
        operator, approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        provider = make_training(1).provider
        rich = Rich()
        rich.spend(provider.number)
        rich.earn(provider.number)
        assert payable_idr(provider) == 3 * MAX_IDR
        for left in (2, 1, 0):
            (run,) = approve_and_post([propose_settlement(channel="bni", proposer=operator)], approver)
            assert (run.posted_idr, payable_idr(provider)) == (MAX_IDR, left * MAX_IDR)
        assert can_give_idr(owner=rich.fund, account=TREASURY) is None
        assert {finding.check for finding in audit().findings} <= {"purchase", "release"}


@pytest.mark.django_db
@pytest.mark.usefixtures("test_kinds")
def test_a_run_passes_over_what_an_account_cannot_hold() -> None:
    with on(DAY):
        rich = Rich(people=2)
        poor = training_account(open_entitlements(fund=rich.fund, count=1)[0])
        fund_wave(fund=rich.fund, amount_idr=100, reference="more")
        operator, approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        owners = [*rich.owners, poor]
        parameters: dict[str, str | int | list[int]] = {"owners": owners, "amount_idr": 10, "decision": "1"}
        run = propose_run(kind=ALLOT.code, fund=rich.fund, parameters=parameters, proposer=operator)
        run = post_run(run=approve_run(run=run, approver=approver))
        assert (run.state, run.posted_idr, run.skipped_count) == (RunState.FINISHED, 10, 2)
        assert dict(RunSkip.objects.values_list("owner", "reason")) == dict.fromkeys(rich.owners, "too_much")
        assert (available_idr(poor), available_idr(rich.fund)) == (10, 90)
        assert audit().findings == ()


@pytest.mark.usefixtures("committed_database")
def test_seals_hold_them_and_exported_seals_verify() -> None:
    with on(DAY):
        rich = Rich()
        (provider,) = open_providers(scopes=["provider"])
        rich.spend(provider)
    with on(NEXT_DAY):
        seal = seal_day(day=DAY)
        assert audit().findings == ()
        text = json.dumps(exported_seal(seal))
        exported = read_seal(text)
        assert {pool["pool"]: pool["total_idr"] for pool in exported["pools"]} == {
            TREASURY: -3 * MAX_IDR,
            escrow_pool(provider): 3 * MAX_IDR,
        }
        assert exported_contradictions(exported) == []
        fund_wave(fund=rich.fund, amount_idr=7, reference="later")
        assert pool_totals()[TREASURY] == -3 * MAX_IDR - 7
        assert audit().findings == ()
        assert Transfer.objects.count() == 3 * 4 + 1


def test_totals_that_fit_have_the_bytes_they_always_had() -> None:
    totals = [(-13, MAX_IDR), (-1, -MAX_IDR - 1)]
    assert pools_hash(totals).hex() == "56093cd51058406fc0d8484ca2f449761d2349c01e491508f510062eb42fbf76"
    assert pools_hash([(-13, MAX_IDR + 1), (-1, 5)]).hex() == "b93056843c27bd6a04483672625b9439b0dc9ad420d60091679cc38952643df6"
