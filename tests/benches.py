"""Benchmarks at a size at which their figures mean nothing, as processes whose homes lie where those of the tests do."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_BENCHMARKS: Final = Path(__file__).parents[1] / "benchmarks"


def run_benchmark(name: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run `benchmarks/<name>.py` to its end.

    Its server is durable as always; on a disk in memory it does not wait for one.

    Raises:
        TimeoutExpired: after five minutes.
    """
    return subprocess.run(
        [sys.executable, _BENCHMARKS / f"{name}.py", *arguments],
        env=os.environ | {"TMPDIR": os.environ["BEKAL_TEST_RUN"]},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
