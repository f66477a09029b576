"""The benchmark of the office's pages runs, and every page of it is the page that it is called."""

import json

import pytest

from tests.benches import run_benchmark


@pytest.mark.slow
def test_every_page_is_measured() -> None:
    done = run_benchmark("office", "--quick", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["calls"][0]["people"], len(report["goals"])) == (2_000, 10)
    assert min(report["samples"]["p95, milliseconds"]["cases"]) > 0
