"""The benchmark of search runs as a whole, and its texts mean topics that there are."""

import json
import runpy
from pathlib import Path

import pytest

from bekal.simulation.topics import TOPICS
from tests.benches import run_benchmark

ROOT = Path(__file__).parents[2]
QUERIES = runpy.run_path(str(ROOT / "benchmarks" / "search_queries.py"))


def test_sixty_texts_mean_topics_that_there_are() -> None:
    names = [topic.name for topics in TOPICS.values() for topic in topics]
    tuned, kept = QUERIES["TUNED"], QUERIES["KEPT"]
    assert (len(tuned), len(kept), len({*tuned} & {*kept})) == (30, 30, 0)
    meant = [topic for topics in (*tuned.values(), *kept.values()) for topic in topics]
    assert [topic for topic in meant if not any(topic in name for name in names)] == []


@pytest.mark.slow
def test_search_is_measured_on_a_small_catalogue() -> None:
    done = run_benchmark("search", "--quick", "--kept", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["quick"], found["trainings"], set(found["missed"])) == (True, 600, {"tuned", "kept"})
    assert [goal["name"] for goal in found["goals"]] == ["answered of the tuned", "answered of the kept", "p95, ms"]
