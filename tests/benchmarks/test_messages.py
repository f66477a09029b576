"""Whatever is killed while messages are sent, nobody gets one twice, and the sum holds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

MESSAGES: Final = Path(__file__).parents[2] / "benchmarks" / "messages.py"


@pytest.mark.slow
def test_after_kills_both_ends_agree() -> None:
    command = [sys.executable, str(MESSAGES), "--quick", "--json", "--part", "kills"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [goal["name"] for goal in report["goals"] if not goal["met"]] == []
    assert [goal["name"] for goal in report["goals"]] == [
        "kills",
        "kills that cut off a call",
        "received twice",
        "confirmed and not received",
        "received and not known of",
        "sum broken",
    ]
