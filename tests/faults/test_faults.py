"""The fault suite at a size of a minute, with two seeds. `benchmarks/faults.py` without `--quick` is the full size."""

import json
from typing import Final

import pytest

from tests.benches import run_benchmark

KINDS: Final = {
    "killed workers",
    "killed background worker",
    "crashed server",
    "cut purchases",
    "cut runs",
    "two workers",
    "raced purchases",
    "changed minds",
    "past midnight",
    "wrong clock",
    "other content",
    "tampered rows",
    "rewritten chains",
    "rewritten seals",
}
DISK: Final = "full disk"


@pytest.mark.slow(seconds=40)
@pytest.mark.parametrize("seed", ["11", "12"])
def test_nothing_is_lost_nothing_comes_twice_and_the_audit_is_exact(seed: str) -> None:
    done = run_benchmark("faults", "--quick", "--json", "--seed", seed)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["violations"] == []
    assert done.returncode == 0
    assert {kind for kind, times in report["by_kind"].items() if times} == KINDS | ({DISK} - report["skipped"].keys())
    assert set(report["skipped"]) <= {DISK}
    assert report["injected"] >= 150


SITE_KINDS: Final = {
    "killed pages",
    "killed worker",
    "cut commits",
    "dropped connections",
    "ended backends",
    "crashed server",
    "held rows",
    "doubled forms",
    "unheard answers",
    "stalled bodies",
}


@pytest.mark.slow
def test_on_the_served_site_every_purchase_is_there_once_at_both_ends() -> None:
    done = run_benchmark("faults", "--site", "--quick", "--json")
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert (report["violations"], done.returncode) == ([], 0)
    assert SITE_KINDS - {kind for kind, times in report["by_kind"].items() if times} <= {"dropped connections", "ended backends"}
    assert report["purchases"] >= 15
    assert report["failures_logged"] == 0
