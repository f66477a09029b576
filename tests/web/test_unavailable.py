"""What a page says where the database gave up on it."""

import time
from typing import Any

import pytest
from django.db import Error, InterfaceError, OperationalError, ProgrammingError, connection, transaction

from bekal.web.errors import DatabaseBusy, DatabaseGone, why_unavailable


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


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), InterfaceError("the connection is closed")])
def test_a_database_that_is_gone_is_told_as_such(error: Error) -> None:
    assert isinstance(why_unavailable(error), DatabaseGone)


@pytest.mark.parametrize("error", [ProgrammingError("no such column"), ValueError(), None])
def test_what_is_no_fault_of_the_database_is_not(error: Exception | None) -> None:
    assert why_unavailable(error) is None
