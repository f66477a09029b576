"""The benchmark of screening runs, and what it judges is what the rules say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

SCREENING: Final = Path(__file__).parents[2] / "benchmarks" / "screening.py"


@pytest.mark.slow
def test_everybody_is_judged() -> None:
    done = subprocess.run(
        [sys.executable, str(SCREENING), "--quick", "--json"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    screened = {name: values[0] for name, values in report["samples"]["screen"].items()}
    refused = {name.removeprefix("refused: "): count for name, count in screened.items() if name.startswith("refused: ")}
    assert screened["judged"] == screened["eligible"] + sum(refused.values()) == 5_000
    assert refused.keys() == {"too_young", "excluded_occupation", "listed:student"}
    assert [goal["met"] for goal in report["goals"]] == [True] * 3
