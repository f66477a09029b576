"""What a page says where the database gave up on it."""

import time
from typing import Any

import pytest
from django.db import Error, connection, transaction

from bekal.web.errors import DatabaseBusy, why_unavailable


@pytest.mark.parametrize(
    ("limit", "statement"),
    [
        ("statement_timeout", "SELECT pg_sleep(5)"),
        ("idle_in_transaction_session_timeout", "SELECT 1"),
    ],
)
def test_each_limit_is_told_as_what_it_is(committed_database: str, django_db_blocker: Any, limit: str, statement: str) -> None:
    def ask() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET {limit} = 100")
            time.sleep(0.4)
            cursor.execute(statement)

    with django_db_blocker.unblock():
        with pytest.raises(Error) as caught:
            ask()
        connection.close()
    assert isinstance(why_unavailable(caught.value), DatabaseBusy), (caught.value, caught.value.__cause__)
