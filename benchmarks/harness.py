"""What every benchmark shares: a server of its own, the machine's description, the verdict on its goals."""

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bekal.config.postgres import Server, running_server


@dataclass(frozen=True)
class Goal:
    """One figure against what it should be."""

    name: str
    goal: str
    measured: float
    met: bool


def at_least(name: str, limit: float, measured: float) -> Goal:
    return Goal(name, f">= {limit}", round(measured, 3), measured >= limit)


def at_most(name: str, limit: float, measured: float) -> Goal:
    return Goal(name, f"<= {limit}", round(measured, 3), measured <= limit)


@contextmanager
def fresh_server() -> Iterator[Server]:
    """A durable embedded server in a home of its own, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="bekal-bench-"))
    home.chmod(0o755)
    os.environ["BEKAL_HOME"] = str(home)
    try:
        with running_server(home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure the contenders in turn, round after round, so that a machine that drifts drifts for all of them."""
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            measured[name].append(measure())
    return measured


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def finish(*, goals: Sequence[Goal], raw: Mapping[str, object], as_json: bool) -> None:
    """Print the verdict, and with `--json` everything."""
    if as_json:
        print(json.dumps({"goals": [asdict(goal) for goal in goals], "raw": raw, "machine": machine()}))
        return
    for goal in goals:
        print(f"{'met    ' if goal.met else 'NOT met'}  {goal.name}: {goal.measured} (goal {goal.goal})")
    sys.stdout.flush()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
