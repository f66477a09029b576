"""Judging people beside an import of the list that names them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections, transaction

from bekal.core import clock
from bekal.participants.screening.queries import is_current
from bekal.participants.screening.services import screen_now, screen_people
from tests.builders import make_wave, register
from tests.participants.screening.applying import put_on_list
from tests.threads import wait_until_somebody_waits


@pytest.mark.usefixtures("committed_database")
def test_who_is_judged_while_a_list_is_imported_is_judged_by_one_whole_list(tmp_path: Path) -> None:
    """The entries of the list before are deleted: by neither list the person would be found."""
    wave, people = make_wave(), register(1)
    put_on_list(tmp_path, people)

    def judge() -> dict[int, str]:
        try:
            return screen_people(participants=people, wave=wave)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            put_on_list(tmp_path, people)
            judged = threads.submit(judge)
            wait_until_somebody_waits()
        assert judged.result() == {people[0]: "listed:civil_servant"}


@pytest.mark.django_db
def test_a_screening_is_current_by_the_lists_it_used_whenever_they_were_begun(tmp_path: Path) -> None:
    """An import that began before a screening and ended after it is newer than the screening."""
    wave, people = make_wave(), register(1)
    begun = clock.now()
    screen_now(wave=wave)
    assert is_current(wave)
    with clock.at(begun):
        put_on_list(tmp_path, people)
    assert not is_current(wave)
    screen_now(wave=wave)
    assert is_current(wave)
