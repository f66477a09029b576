"""The benchmarks run, at a size at which their figures mean nothing."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from tests.benches import run_benchmark

GOALS: Final = {
    "postings-4": {
        "postings / TPC-B-like, 4 clients, synchronous_commit=off",
        "postings / TPC-B-like, 4 clients, synchronous_commit=on",
        "bytes per transfer with its indexes",
    },
    "purchases": {
        "purchases / django-hordak transactions, synchronous_commit=off",
        "purchases / django-hordak transactions, synchronous_commit=on",
    },
    "clawback": {
        "clawback of 500 enrolments: loop in one transaction / run",
        "clawback of 500 enrolments: run / bare limit",
        "peak memory at 500 enrolments, of any command, MiB",
    },
    "grant": {"grant of 500 enrolments: loop in one transaction / run", "grant of 500 enrolments: run / bare limit"},
    "growth": {"cost of a grant and its clawback at 300 to 600 enrolments: 600 / 300"},
    "largest": {
        "cost of a grant and its clawback at 300 to 900 enrolments: 900 / 300",
        "peak memory at 900 enrolments, of any command, MiB",
    },
}


def printed(*arguments: str | Path) -> dict[str, Any]:
    done = run_benchmark("ledger", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """All parts in one call, since the server and what the disk can do are the same for each."""
    return printed("--quick", *(argument for part in GOALS for argument in ("--part", part)))


@pytest.mark.slow(seconds=40)
def test_each_part_measures_its_goals(report: dict[str, Any]) -> None:
    # The peer of purchases is there only once `make bench` has installed it.
    judged = [part for part in GOALS if part != "purchases" or find_spec("hordak") is not None]
    assert sorted(goal["name"] for goal in report["goals"]) == sorted(name for part in judged for name in GOALS[part])
    assert all(goal["measured"] > 0 for goal in report["goals"])


@pytest.mark.slow
def test_a_call_says_what_was_measured_where(report: dict[str, Any]) -> None:
    samples = report["samples"]
    assert all(value > 0 for found in samples.values() for values in found.values() for value in values)
    for words in ("postings", "purchases", "clawback of 500", "grant of 500", "600 ", "900 "):
        assert [title for title in samples if words in title], words
    (call,) = report["calls"]
    assert call["parts"] == list(GOALS)
    assert call["flushes per second by method (pg_test_fsync)"]
    assert call["server"]["fsync"] == "on"
    assert call["machine"]["cores"] > 0


def test_figures_of_several_calls_are_judged_together(tmp_path: Path) -> None:
    title = "clawback of 180000 enrolments, seconds"
    rounds = [{"loop": [20.0], "run": [1.0], "bare": [0.5]}, {"loop": [40.0, 30.0], "run": [1.0, 2.0], "bare": [0.5, 0.5]}]
    files = []
    for place, found in enumerate(rounds):
        files.append(tmp_path / f"{place}.json")
        files[-1].write_text(json.dumps({"quick": False, "calls": [{"parts": ["clawback"]}], "samples": {title: found}}))
    report = printed("--merge", *files)
    assert report["samples"] == {title: {"loop": [20.0, 40.0, 30.0], "run": [1.0, 1.0, 2.0], "bare": [0.5, 0.5, 0.5]}}
    assert len(report["calls"]) == 2
    assert [(goal["name"], goal["measured"], goal["met"]) for goal in report["goals"]] == [
        ("clawback of 180000 enrolments: loop in one transaction / run", 20.0, True),
        ("clawback of 180000 enrolments: run / bare limit", 2.0, True),
    ]


def test_figures_of_a_quick_size_are_not_judged_with_others(tmp_path: Path) -> None:
    files = [tmp_path / "quick.json", tmp_path / "full.json"]
    for file, quick in zip(files, (True, False), strict=True):
        file.write_text(json.dumps({"quick": quick, "calls": [], "samples": {}}))
    done = run_benchmark("ledger", "--merge", *files)
    assert done.returncode != 0
    assert "quick" in done.stderr
