"""Two people who show one number at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from bekal.access.logins import know_by_phone, user_by_login
from bekal.access.models import Role
from tests.builders import make_user
from tests.threads import wait_until_somebody_waits

NUMBER = "+6281234567890"


@pytest.mark.usefixtures("committed_database")
def test_of_two_who_show_at_once_that_a_number_is_theirs_one_logs_in_by_it() -> None:
    """The other one keeps the number that was shown before, and is told nothing of somebody else."""
    first, second = make_user(Role.PARTICIPANT), make_user(Role.PARTICIPANT)

    def show() -> bool:
        try:
            return know_by_phone(user=second, number=NUMBER)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            assert know_by_phone(user=first, number=NUMBER)
            shown = threads.submit(show)
            wait_until_somebody_waits()
        assert not shown.result()
    assert user_by_login(NUMBER) == first
    assert second.phone_index is None
