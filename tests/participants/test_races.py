"""Deciding about an identity beside an enrolment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from django.db import connections, transaction

from bekal.participants.errors import NotEligible
from bekal.participants.identity import correct_typed
from bekal.participants.models import IdentityState, Sex
from bekal.participants.rules import require_eligible
from bekal.participants.services import register_person
from tests.builders import make_wave, registration
from tests.threads import wait_until_somebody_waits


@pytest.mark.usefixtures("committed_database")
def test_what_was_typed_is_not_corrected_while_the_person_is_judged() -> None:
    """Otherwise somebody would be enrolled as confirmed by the new birth date, and of an age by the former one."""
    nik = registration(nik="3273015708950001", birth_date=date(1995, 8, 17), sex=Sex.FEMALE)
    sari, wave = register_person(registration=replace(nik, birth_date=date(1995, 8, 18))), make_wave()

    def correct() -> IdentityState:
        try:
            return correct_typed(participant=sari, birth_date=date(1995, 8, 17), sex=Sex.FEMALE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            with pytest.raises(NotEligible):
                require_eligible(participants=[sari.pk], wave=wave)
            corrected = threads.submit(correct)
            wait_until_somebody_waits()
        assert corrected.result() == IdentityState.CONFIRMED
