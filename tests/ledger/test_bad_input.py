"""Runs over what cannot be posted: refused with an error that says which, and nothing is left behind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from bekal.access.errors import SamePerson
from bekal.access.models import Role
from bekal.core.errors import BekalError
from bekal.core.money import MAX_IDR
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import AccountClosed, BadAmount, DuplicateTarget, RunOutdated, RunStateWrong, UnknownAccount
from bekal.ledger.models import Run, RunSkip, RunState, RunTarget, Transfer
from bekal.ledger.queries import available_idr
from bekal.ledger.runs.kinds import RunKind
from bekal.ledger.runs.services import approve_run, cancel_run, post_run, propose_run
from bekal.ledger.services import fund_wave, open_entitlements, open_fund, open_providers, post, returned_pool
from tests.builders import make_user, on
from tests.ledger.kinds import ALLOT, LEVY, SWEEP, Known

DAY: Final = date(2021, 6, 15)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]


class Office:
    """Three people with Rp 100 of training each."""

    def __init__(self) -> None:
        self.operator, self.approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        self.fund = open_fund()
        fund_wave(fund=self.fund, amount_idr=1_000, reference="1")
        self.owners = [training_account(number) for number in open_entitlements(fund=self.fund, count=3)]
        self.returned = returned_pool(fund=self.fund, day=DAY)
        self.post(self.propose(ALLOT, amount_idr=100, decision="1"))

    def propose(self, kind: RunKind, **parameters: str | int | list[int]) -> Run:
        return propose_run(
            kind=kind.code,
            fund=self.fund,
            parameters={"owners": list(self.owners), "decision": "2", **parameters},
            proposer=self.operator,
            returned=self.returned,
        )

    def post(self, run: Run) -> Run:
        return post_run(run=approve_run(run=run, approver=self.approver))


@pytest.fixture
def office() -> Iterator[Office]:
    with on(DAY):
        yield Office()


def require_refused(office: Office, kind: RunKind, error: type[BekalError], **details: int) -> None:
    before = Run.objects.count(), RunTarget.objects.count(), Transfer.objects.count()
    with pytest.raises(error) as caught:
        office.propose(kind)
    assert caught.value.details.items() >= details.items()
    assert all(str(value) in str(caught.value) for value in details.values())
    assert (Run.objects.count(), RunTarget.objects.count(), Transfer.objects.count()) == before
    assert [available_idr(owner) for owner in office.owners] == [100] * 3
    assert audit().findings == ()


@pytest.mark.parametrize("amount_idr", [0, -1, MAX_IDR + 1, -MAX_IDR - 2, 10**30])
def test_a_target_whose_amount_cannot_be_posted(office: Office, known: Known, amount_idr: int) -> None:
    bad = replace(LEVY, targets_sql=LEVY.targets_sql.replace("%(amount_idr)s::bigint", f"({amount_idr})"))
    known(bad)
    require_refused(office, bad, BadAmount, amount=amount_idr)


def test_targets_whose_sum_no_account_can_hold(office: Office, known: Known) -> None:
    bad = replace(LEVY, targets_sql=LEVY.targets_sql.replace("%(amount_idr)s::bigint", str(MAX_IDR)))
    known(bad)
    require_refused(office, bad, BadAmount, amount=3 * MAX_IDR)


def test_a_target_that_is_no_account(office: Office, known: Known) -> None:
    unknown = office.owners[-1] + 10_000
    bad = replace(
        SWEEP, targets_sql=f"{SWEEP.targets_sql} UNION ALL SELECT {unknown}, 1, {unknown}, %(returned)s::bigint, 1, 'x'"
    )
    known(bad)
    require_refused(office, bad, UnknownAccount, owner=unknown)


def test_the_same_account_and_key_twice(office: Office, known: Known) -> None:
    owner = office.owners[1]
    bad = replace(SWEEP, targets_sql=f"{SWEEP.targets_sql} UNION ALL {SWEEP.targets_sql} AND owner = {owner}")
    known(bad)
    require_refused(office, bad, DuplicateTarget, owner=owner)


def test_a_verdict_below_zero_moves_nothing(office: Office, known: Known) -> None:
    negative = replace(LEVY, code="negative", verdict_sql="SELECT (-5)::bigint AS amount_idr, NULL::text AS reason")
    known(negative)
    run = office.post(office.propose(negative, amount_idr=5))
    assert (run.state, run.posted_idr, run.skipped_count) == (RunState.FINISHED, 0, 3)
    assert set(RunSkip.objects.filter(run=run.pk).values_list("reason", flat=True)) == {"bad_amount"}
    assert audit().findings == ()


def test_a_debit_from_a_closed_account(office: Office) -> None:
    levy = office.propose(LEVY, amount_idr=5)
    office.post(office.propose(SWEEP, owners=list(office.owners[:1])))
    (provider,) = open_providers(scopes=["provider"])
    with pytest.raises(AccountClosed):
        post(owner=office.owners[0], key="order:1", debit=office.owners[0], credit=escrow_pool(provider), amount_idr=1)
    levied = office.post(levy)
    assert dict(RunSkip.objects.filter(run=levied.pk).values_list("owner", "reason")) == {office.owners[0]: "closed"}
    assert [available_idr(owner) for owner in office.owners] == [0, 95, 95]
    assert audit().findings == ()


def test_approval_by_the_proposer_and_after_the_year(office: Office) -> None:
    run, rows = office.propose(LEVY, amount_idr=5), Transfer.objects.count()
    with pytest.raises(SamePerson):
        approve_run(run=run, approver=office.operator)
    with on(date(2022, 1, 1)), pytest.raises(RunOutdated):
        approve_run(run=run, approver=office.approver)
    assert Transfer.objects.count() == rows
    cancel_run(run=run, actor=office.operator)
    with pytest.raises(RunStateWrong):
        approve_run(run=run, approver=office.approver)
    with pytest.raises(RunStateWrong):
        post_run(run=run)
    assert Transfer.objects.count() == rows
