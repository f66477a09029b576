"""The benchmark of the recommender runs, at a size at which its figures mean nothing."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

RECOMMENDER: Final = Path(__file__).parents[2] / "benchmarks" / "recommender.py"
THROUGHPUT: Final = "people per second, 1500 trainings, 2 threads"
DIFFER: Final = ("bundles that differ from Bekal's in value or price", "people whose answers differ")
MEASURED: Final = {
    "people whose answers differ": 1,
    "people compared": 1,
    "microseconds for a bundle": 3,
    "bundles that differ from Bekal's in value or price": 2,
    "bundles compared": 2,
    "microseconds of one person's list and bundle, all people of all rounds": 3,
    "milliseconds of one adversarial bundle, the longest of each round": 2,
    "milliseconds of the longest bundle of the hardest families, at any balance, by round": 24,
    "seconds of training on 600 people and 1500 trainings": 2,
    "peak memory, MiB": 3,
    "microseconds for a person's list and bundle, by the number of people": 3,
}
"""Of each other measurement, how many contenders or figures it has."""


@pytest.mark.slow(seconds=60)
def test_each_part_measures_and_every_bundle_is_the_best() -> None:
    command: list[str | Path] = [sys.executable, RECOMMENDER, "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    samples = report["samples"]
    # `implicit`, of which three contenders and four goals are, is there only once `make bench` has installed it.
    is_compared = find_spec("implicit") is not None
    assert {title: len(found) for title, found in samples.items()} == MEASURED | {THROUGHPUT: 9 if is_compared else 6}
    mismatches = [value for title in DIFFER for values in samples.pop(title).values() for value in values]
    assert mismatches == [0.0, 0.0, 0.0]
    assert all(value > 0 for found in samples.values() for values in found.values() for value in values)
    assert len(report["goals"]) == (16 if is_compared else 12)
    assert report["calls"][0]["parts"] == ["throughput", "same", "exact", "one", "adversaries", "fit", "memory", "growth"]
