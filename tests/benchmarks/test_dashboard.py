"""The benchmark of the pages runs, at a size at which its figures mean nothing."""

import json
from typing import Final

import pytest

from tests.benches import run_benchmark

ARMS: Final = ("bundle", "personal", "popularity")


@pytest.mark.slow(seconds=40)
def test_every_arm_and_the_api_answer_rightly_to_the_last_request() -> None:
    done = run_benchmark("dashboard", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    groups = report["groups"]
    assert list(groups) == ["dashboard", "API", *(f"dashboard, arm {arm}" for arm in ARMS)]
    assert [groups[name]["requests"] for name in ("dashboard", "API")] == [80, 80]
    assert sum(groups[f"dashboard, arm {arm}"]["requests"] for arm in ARMS) == 80
    assert [group["problems"] for group in groups.values()] == [[]] * 5
    assert all(0 < group["p50 ms"] <= group["p95 ms"] <= group["p99 ms"] <= group["worst ms"] for group in groups.values())
    assert [goal["name"] for goal in report["goals"]] == [*(f"{name}: p95, milliseconds" for name in groups), "errors"]
    assert report["model"].startswith("bekal-")
    assert (report["machine"]["cores"] > 0, report["server"]["fsync"]) == (True, "on")
