from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ledger.machine import LedgerMachine

_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


@pytest.mark.slow(seconds=60)
@pytest.mark.django_db
@pytest.mark.usefixtures("test_kinds")
def test_ledger_agrees_with_a_plain_model() -> None:
    run_state_machine_as_test(LedgerMachine, settings=settings(max_examples=100, stateful_step_count=60, **_COMMON))
