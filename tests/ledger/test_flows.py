"""Which flows the database itself allows: every pair of kinds, under every kind of owner."""

from itertools import product
from typing import Final

import pytest
from django.db import IntegrityError, connection, transaction

from bekal.core import clock
from bekal.ledger.accounts import TREASURY, AccountKind, account_id, provider_account
from bekal.ledger.errors import BadKey, FlowNotAllowed
from bekal.ledger.services import open_entitlements, open_fund, open_providers, post

_ENROLMENT, _FUND, _PROVIDER, _GRANTING, _CHANNEL, _RETURNED = 101, 102, 103, 104, 105, 106
_ACCOUNTS: Final[dict[str, int]] = {
    "training": account_id(_ENROLMENT, AccountKind.TRAINING),
    "incentive": account_id(_ENROLMENT, AccountKind.INCENTIVE),
    "fund": account_id(_FUND, AccountKind.FUND),
    "provider": provider_account(_PROVIDER),
    "treasury": TREASURY,
    "granting": account_id(_GRANTING, AccountKind.GRANTING),
    "escrow": account_id(_PROVIDER, AccountKind.ESCROW),
    "payable": account_id(_PROVIDER, AccountKind.PAYABLE),
    "clearing": account_id(_CHANNEL, AccountKind.CLEARING),
    "paid": account_id(_CHANNEL, AccountKind.PAID),
    "returned": account_id(_RETURNED, AccountKind.RETURNED),
}
_OWNERS: Final = ("training", "incentive", "fund", "provider")
# (debit, credit, owner), as the flows of the design and its rule of who owns a transfer state them.
_ALLOWED: Final = {
    ("treasury", "fund", "fund"),
    ("fund", "granting", "fund"),
    ("granting", "training", "training"),
    ("granting", "incentive", "incentive"),
    ("granting", "fund", "fund"),
    ("training", "escrow", "training"),
    ("escrow", "training", "training"),
    ("escrow", "payable", "training"),
    ("payable", "clearing", "provider"),
    ("clearing", "paid", "provider"),
    ("clearing", "payable", "provider"),
    ("incentive", "clearing", "incentive"),
    ("clearing", "incentive", "incentive"),
    ("clearing", "paid", "incentive"),
    ("paid", "clearing", "provider"),
    ("paid", "clearing", "incentive"),
    ("training", "returned", "training"),
    ("incentive", "returned", "incentive"),
    ("returned", "treasury", "fund"),
    ("returned", "granting", "fund"),
}


# What a correction may do beside them: the reverse of a flow that has none.
_ALLOWED_TO_CORRECT: Final = _ALLOWED | {
    ("fund", "treasury", "fund"),
    ("payable", "escrow", "training"),
    ("returned", "training", "training"),
    ("returned", "incentive", "incentive"),
    ("treasury", "returned", "fund"),
}


def _is_accepted(debit: int, credit: int, owner: int, key: str = "key") -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_transfer"
                " (owner, debit, credit, amount_idr, after_idr, posted_at, sequence, posting_date, key, hash)"
                " VALUES (%s, %s, %s, 1, 0, %s, 1, %s, %s, %s)",
                [owner, debit, credit, clock.now(), clock.today(), key, bytes(32)],
            )
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


def test_accounts_of_this_module_cover_every_kind() -> None:
    assert list(_ACCOUNTS) == [kind.name.lower() for kind in AccountKind]


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "allowed"), [("key", _ALLOWED), ("correct:1", _ALLOWED_TO_CORRECT), ("correct1", _ALLOWED)])
def test_database_accepts_the_flows_of_the_design_and_no_other(key: str, allowed: set[tuple[str, str, str]]) -> None:
    asked = product(_ACCOUNTS, _ACCOUNTS, _OWNERS)
    accepted = {
        (debit, credit, owner)
        for debit, credit, owner in asked
        if _is_accepted(_ACCOUNTS[debit], _ACCOUNTS[credit], _ACCOUNTS[owner], key)
    }
    assert accepted == allowed


@pytest.mark.django_db
@pytest.mark.parametrize("owner", _OWNERS)
def test_database_refuses_two_accounts_of_one_kind(owner: str) -> None:
    for account in _ACCOUNTS.values():
        other = account + 10 if account > 0 else account - 10
        for key in ("key", "correct:1"):
            assert not _is_accepted(account, other, _ACCOUNTS[owner], key)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("debit", "credit", "owner"),
    [
        pytest.param(TREASURY - 10, _ACCOUNTS["fund"], _ACCOUNTS["fund"], id="a second treasury gives"),
        pytest.param(_ACCOUNTS["returned"], TREASURY - 10, _ACCOUNTS["fund"], id="a second treasury takes"),
        pytest.param(_ACCOUNTS["escrow"], _ACCOUNTS["payable"] - 10, _ACCOUNTS["training"], id="escrow for another provider"),
        pytest.param(_ACCOUNTS["payable"], _ACCOUNTS["clearing"], _ACCOUNTS["provider"] + 10, id="settled by another provider"),
        pytest.param(_ACCOUNTS["clearing"], _ACCOUNTS["payable"], _ACCOUNTS["provider"] + 10, id="rejected for another provider"),
        pytest.param(_ACCOUNTS["paid"], _ACCOUNTS["clearing"] - 10, _ACCOUNTS["incentive"], id="bounced through another channel"),
        pytest.param(_ACCOUNTS["training"], _ACCOUNTS["escrow"], _ACCOUNTS["training"] + 10, id="paid from another's training"),
        pytest.param(
            _ACCOUNTS["granting"], _ACCOUNTS["training"], _ACCOUNTS["training"] + 10, id="granted to another's training"
        ),
        pytest.param(
            _ACCOUNTS["payable"], _ACCOUNTS["escrow"] - 10, _ACCOUNTS["training"], id="back to another provider's escrow"
        ),
        pytest.param(_ACCOUNTS["fund"], TREASURY - 10, _ACCOUNTS["fund"], id="back to a second treasury"),
        pytest.param(0, _ACCOUNTS["fund"], _ACCOUNTS["fund"], id="from no account"),
        pytest.param(_ACCOUNTS["fund"], 0, _ACCOUNTS["fund"], id="to no account"),
    ],
)
def test_database_refuses(debit: int, credit: int, owner: int) -> None:
    assert not _is_accepted(debit, credit, owner)
    assert not _is_accepted(debit, credit, owner, "correct:1")


@pytest.mark.django_db
def test_posting_refuses_a_transfer_between_two_guarded_accounts() -> None:
    (number,) = open_entitlements(fund=open_fund(), count=1)
    training, incentive = account_id(number, AccountKind.TRAINING), account_id(number, AccountKind.INCENTIVE)
    with pytest.raises(FlowNotAllowed), transaction.atomic():
        post(owner=training, key="move", debit=incentive, credit=training, amount_idr=1)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 101])
def test_posting_refuses_a_malformed_key(key: str) -> None:
    fund = open_fund()
    with pytest.raises(BadKey), transaction.atomic():
        post(owner=fund, key=key, debit=TREASURY, credit=fund, amount_idr=1)


@pytest.mark.django_db
def test_provider_keeps_no_balance() -> None:
    (number,) = open_providers(scopes=["one"])
    with pytest.raises(IntegrityError, match="balance_provider_empty"), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET available_idr = 1 WHERE owner = %s", [provider_account(number)])
