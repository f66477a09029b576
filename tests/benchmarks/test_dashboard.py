"""The benchmark of the pages runs, at a size at which its figures mean nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

DASHBOARD: Final = Path(__file__).parents[2] / "benchmarks" / "dashboard.py"
ARMS: Final = ("bundle", "personal", "popularity")


@pytest.mark.slow
def test_every_arm_and_the_api_answer_rightly_to_the_last_request() -> None:
    done = subprocess.run(
        [sys.executable, DASHBOARD, "--quick", "--json"], capture_output=True, text=True, timeout=300, check=False
    )
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
