"""The benchmark of the served site runs as a whole, and what does not hang on the machine holds at any size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow(seconds=40)
def test_the_site_is_measured_while_it_is_held_up_and_while_somebody_guesses() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/site.py", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    samples = json.loads(done.stdout)["samples"]
    jam, guessed = samples["slow bodies and a stuck row"], samples["wrong passwords"]
    assert min(jam["pages"] + jam["purchases"]) > 0
    assert set(jam) == {"GET, p95 seconds", "POST, p95 seconds", "pages", "purchases"}
    assert (guessed["judged"], guessed["owner's tries that were refused"]) == ([26.0], [0.0])
    assert guessed["refused without being judged"] == [34.0]
