"""The benchmark of quality runs as a whole, with one setting of each model, and Bekal is ahead or level in what it finds."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = {"ml100k": ("0", "1", "3", "half", "rest"), "oulad": ("cold", "warm")}
PEERS = {"implicit": "implicit_als", "lightfm": "lightfm", "lightgbm": "lightgbm_ranker"}
"""Packages that only `make bench` installs, and what their models are called; those that are not there are left out."""


@pytest.mark.slow(seconds=60)
def test_bekal_is_compared_with_the_strongest_other_model_of_each_case() -> None:
    for folder in CASES:
        if not (ROOT.parent / "shared" / "data" / folder).is_dir():
            pytest.skip(f"../shared/data/{folder} is not on this machine")
    done = subprocess.run(
        [sys.executable, "benchmarks/quality.py", "--quick", "--json", "--part", "real"],
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
    compared = [(each["folder"], each["case"]) for each in found["raw"]["comparisons"]]
    assert compared == [(folder, case) for folder, cases_of in CASES.items() for case in cases_of]
    for each in found["raw"]["comparisons"]:
        models = found["raw"][each["folder"]]["cases"][each["case"]]
        assert each["bekal"] == pytest.approx(models["bekal"]["ndcg"])
        assert each["difference"] == pytest.approx(models["bekal"]["ndcg"] - models[each["rival"]]["ndcg"])
        assert each["best_difference"] == pytest.approx(
            models["bekal"]["ndcg"] - max(model["ndcg"] for name, model in models.items() if name != "bekal")
        )
        assert each["p_holm"] >= each["p_below"]
    films, modules = found["raw"]["ml100k"]["cases"], cases
    for case in ("0", "1", "3", "half"):
        assert films[case]["bekal"]["ndcg"] > max(films[case]["naive_bayes"]["ndcg"], films[case]["item_knn"]["ndcg"])
    for models in modules.values():
        assert models["bekal"]["ndcg"] > max(models["naive_bayes"]["ndcg"], models["item_knn"]["ndcg"]) - 0.005
    assert [goal["met"] for goal in found["goals"]] == [each["p_holm"] >= 0.05 for each in found["raw"]["comparisons"]]
