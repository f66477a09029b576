"""The arithmetic of account ids, in Python and in SQL."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from bekal.ledger.accounts import AccountKind, account_id, kind_of, number_of

_NUMBERS = st.integers(1, (2**63 - 8) // 10)


@given(number=_NUMBERS, kind=st.sampled_from(AccountKind))
def test_an_id_states_its_number_and_kind(number: int, kind: AccountKind) -> None:
    account = account_id(number, kind)
    assert (number_of(account), kind_of(account), account > 0) == (number, kind, kind > 0)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 42, (2**63 - 8) // 10])
def test_sql_does_the_same_arithmetic(number: int) -> None:
    kinds = [AccountKind.TRAINING, AccountKind.INCENTIVE, AccountKind.FUND, AccountKind.PROVIDER]
    kinds += [AccountKind.ESCROW, AccountKind.PAYABLE, AccountKind.CLEARING, AccountKind.PAID]
    for kind in kinds:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT account, ledger_kind_of(account), ledger_number_of(account)"
                f" FROM (SELECT ledger_{kind.name.lower()}(%s::bigint) AS account) AS made",
                [number],
            )
            assert cursor.fetchone() == (account_id(number, kind), kind, number)
