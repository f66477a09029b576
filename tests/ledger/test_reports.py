"""Reports over ranges of posting dates, against plain sums over the transfers."""

import random
from datetime import date
from typing import Final

import pytest

from bekal.ledger.accounts import AccountKind, account_id, escrow_pool, kind_of, provider_account
from bekal.ledger.errors import RangeBackwards, UnknownAccount
from bekal.ledger.models import Transfer
from bekal.ledger.reports import Flow, Group, Report, account_report, provider_report, treasury_report, wave_report
from bekal.ledger.runs.services import post_run
from bekal.ledger.services import open_providers, post
from tests.builders import on
from tests.ledger.seals.office import GRANTED_IDR, Office, day, execute

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("test_kinds")]
LAST: Final = 9


def group(report: Report, kind: AccountKind) -> Group:
    (found,) = [group for group in report.groups if group.kind is kind]
    return found


def held(rows: list[Transfer], kind: AccountKind, *, through: date) -> int:
    """What the accounts of a kind hold at the end of a day, by the plain definition."""
    return sum(
        row.amount_idr * ((kind_of(row.credit) is kind) - (kind_of(row.debit) is kind))
        for row in rows
        if row.posting_date <= through
    )


def test_a_wave_has_opening_flows_and_closing() -> None:
    office = Office(people=3)
    with on(day(1)):
        office.buy(0, 400)
        office.buy(1, 300)
    with on(day(2)):
        office.buy(0, 50)
        post_run(run=office.levy(7))
    report = wave_report(fund=office.fund, first=day(1), last=day(2))
    total = 3 * GRANTED_IDR
    assert group(report, AccountKind.TRAINING) == Group(AccountKind.TRAINING, total, 0, 771)
    assert group(report, AccountKind.ESCROW) == Group(AccountKind.ESCROW, 0, 750, 0)
    assert group(report, AccountKind.RETURNED).closing_idr == 21
    assert group(report, AccountKind.FUND) == Group(AccountKind.FUND, 0, 0, 0)
    assert set(report.flows) == {
        Flow(AccountKind.TRAINING, AccountKind.ESCROW, 3, 750),
        Flow(AccountKind.TRAINING, AccountKind.RETURNED, 3, 21),
    }
    first_day = wave_report(fund=office.fund, first=day(0), last=day(0))
    assert group(first_day, AccountKind.FUND) == Group(AccountKind.FUND, 0, total, total)
    assert wave_report(fund=office.fund, first=day(3), last=day(5)).flows == ()


def test_an_account_is_shown_as_its_owner_sees_it() -> None:
    office = Office(people=2)
    with on(day(1)):
        late = office.levy(7)
    with on(day(2)):
        office.buy(0, 400)
        post_run(run=late)
    report = account_report(owner=office.owners[0], first=day(1), last=day(1))
    assert (report.opening_idr, [line.change_idr for line in report.lines], report.closing_idr) == (
        GRANTED_IDR,
        [-7],
        GRANTED_IDR - 7,
    )
    report = account_report(owner=office.owners[0], first=day(2), last=day(9))
    assert (report.opening_idr, [line.change_idr for line in report.lines], report.closing_idr) == (
        GRANTED_IDR - 7,
        [-400],
        GRANTED_IDR - 407,
    )


def test_a_provider_sees_its_own_money_alone() -> None:
    office = Office(people=2)
    (other,) = open_providers(scopes=["other"])
    escrow, payable = escrow_pool(office.provider), account_id(office.provider, AccountKind.PAYABLE)
    provider = provider_account(office.provider)
    execute("INSERT INTO ledger_pool (id, kind, scope) VALUES (-95, -5, 'bank')")
    with on(day(1)):
        office.buy(0, 400)
        office.buy(1, 300)
        owner = office.owners[1]
        post(owner=owner, key="order:other", debit=owner, credit=escrow_pool(other), amount_idr=1_000)
    with on(day(2)):
        post(owner=owner, key="release:1", debit=escrow, credit=payable, amount_idr=300)
        post(owner=provider, key="settle:1", debit=payable, credit=-95, amount_idr=200)
    report = provider_report(number=office.provider, first=day(2), last=day(2))
    assert report.groups == (
        Group(AccountKind.ESCROW, 700, 0, 300),
        Group(AccountKind.PAYABLE, 0, 300, 200),
        Group(AccountKind.CLEARING, 0, 200, 0),
        Group(AccountKind.PAID, 0, 0, 0),
    )
    assert [(flow.debit, flow.credit, flow.amount_idr) for flow in report.flows] == [
        (AccountKind.ESCROW, AccountKind.PAYABLE, 300),
        (AccountKind.PAYABLE, AccountKind.CLEARING, 200),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_any_range_is_the_difference_of_two_days_and_the_plain_sum(seed: int) -> None:
    chance = random.Random(seed)
    office = Office(people=3)
    for number in range(1, LAST):
        with on(day(number)):
            for person in chance.choices(range(3), k=chance.randrange(4)):
                office.buy(person, chance.randint(1, 500))
            late = office.levy(chance.randint(1, 9))
        with on(day(number + chance.randrange(2))):
            post_run(run=late)
    rows = list(Transfer.objects.all())
    for _ in range(12):
        first, last = sorted(chance.choices(range(-1, LAST + 2), k=2))
        days = {"first": day(first), "last": day(last)}
        treasury = treasury_report(**days)
        assert sum(one.opening_idr for one in treasury.groups) == sum(one.closing_idr for one in treasury.groups) == 0
        for report in (treasury, wave_report(fund=office.fund, **days)):
            for one in report.groups:
                assert one.opening_idr == held(rows, one.kind, through=day(first - 1))
                assert one.closing_idr == held(rows, one.kind, through=day(last))
                into = sum(flow.amount_idr for flow in report.flows if flow.credit is one.kind)
                out_of = sum(flow.amount_idr for flow in report.flows if flow.debit is one.kind)
                assert (one.in_idr, one.out_idr) == (into, out_of)
        for owner in office.owners:
            mine = [row for row in rows if row.owner == owner]
            account = account_report(owner=owner, **days)
            assert account.opening_idr == held(mine, AccountKind.TRAINING, through=day(first - 1))
            assert account.closing_idr == held(mine, AccountKind.TRAINING, through=day(last))


def test_what_cannot_be_reported_is_refused() -> None:
    office = Office(people=1)
    for report in (
        lambda: wave_report(fund=office.fund, first=day(1), last=day(0)),
        lambda: treasury_report(first=day(1), last=day(0)),
        lambda: account_report(owner=office.owners[0], first=day(1), last=day(0)),
    ):
        with pytest.raises(RangeBackwards):
            report()
    with pytest.raises(UnknownAccount):
        account_report(owner=99_991, first=day(0), last=day(0))
    with pytest.raises(UnknownAccount):
        wave_report(fund=office.owners[0], first=day(0), last=day(0))
