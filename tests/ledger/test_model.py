from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bekal.ledger.runs import services as runs
from tests.ledger.machine import LedgerMachine

_COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


@pytest.fixture(autouse=True)
def _tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "CHUNK_OWNERS", 2)


@pytest.mark.django_db
@pytest.mark.usefixtures("test_kinds")
def test_ledger_agrees_with_a_plain_model() -> None:
    run_state_machine_as_test(LedgerMachine, settings=settings(max_examples=30, stateful_step_count=40, **_COMMON))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("test_kinds")
def test_ledger_agrees_with_a_plain_model_for_long() -> None:
    run_state_machine_as_test(LedgerMachine, settings=settings(max_examples=150, stateful_step_count=60, **_COMMON))
