"""The benchmark of the draw runs, and what it draws can be verified."""

import json

import pytest

from tests.benches import run_benchmark


@pytest.mark.slow
def test_it_freezes_orders_and_verifies() -> None:
    done = run_benchmark("draw", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [goal["name"] for goal in report["goals"]] == [
        "freeze, seconds",
        "order and fill alone, seconds",
        "order, seconds",
        "memory, MiB",
        "verify, seconds",
        "verify, MiB",
    ]
    assert report["calls"][0]["applications"] == 4_500
    assert min(min(values) for values in report["samples"]["draw"].values()) > 0
