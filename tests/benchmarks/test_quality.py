"""The benchmark of quality runs as a whole on the smaller data."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PEERS = {"implicit": "implicit_als", "lightfm": "lightfm", "lightgbm": "lightgbm_ranker"}
"""Packages that only `make bench` installs, and what their models are called; those that are not there are left out."""


@pytest.mark.slow
def test_bekal_is_compared_with_the_strongest_other_model_of_each_case() -> None:
    if not (ROOT.parent / "shared" / "data" / "oulad").is_dir():
        pytest.skip("../shared/data/oulad is not on this machine")
    done = subprocess.run(
        [sys.executable, "benchmarks/quality.py", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    found = json.loads(done.stdout)
    cases = found["raw"]["oulad"]["cases"]
    assert {case: models["bekal"]["people"] for case, models in cases.items()} == {"cold": 9_065, "warm": 861}
    baselines = {"popularity", "segments", "naive_bayes", "item_knn", "ease"}
    peers = {model for package, model in PEERS.items() if find_spec(package)}
    assert set(cases["cold"]) == {"bekal", *baselines, *peers}
    assert [(each["folder"], each["case"]) for each in found["raw"]["comparisons"]] == [("oulad", "cold"), ("oulad", "warm")]
    for each in found["raw"]["comparisons"]:
        models = cases[each["case"]]
        assert each["bekal"] == pytest.approx(models["bekal"]["ndcg"])
        assert each["difference"] == pytest.approx(models["bekal"]["ndcg"] - models[each["rival"]]["ndcg"])
        assert each["best_difference"] == pytest.approx(
            models["bekal"]["ndcg"] - max(model["ndcg"] for name, model in models.items() if name != "bekal")
        )
        assert each["p_holm"] >= each["p_below"]
    assert [goal["met"] for goal in found["goals"]] == [each["p_holm"] >= 0.05 for each in found["raw"]["comparisons"]]
