"""The recommender against others, against an earlier commit and against its goals, on people who are all synthetic.

    .venv/bin/python benchmarks/recommender.py [--quick] [--json] [--part NAME]... [--rounds N] [--old CHECKOUT]
    .venv/bin/python benchmarks/recommender.py --merge FILE... [--json]

Contenders take turns, round after round; a figure is the median of at least five rounds, except where it says one round.
`--quick` only shows that everything runs, and its figures mean nothing. Parts or some of their rounds may be measured at a time
with `--json`; `--merge` judges what the files hold together. `--old` names a checkout of commit 9f28391 or a later one whose
`recommend_batch` takes `most` and `eta`: its engine takes turns with this one, in a process of its own.

    git worktree add /tmp/old 9f28391 && .venv/bin/python benchmarks/recommender.py --part throughput --old /tmp/old
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import recommender_exact
import recommender_one
import recommender_same
import recommender_throughput
import recommender_training
from harness import Goal, Samples, add_samples, run_benchmark

PARTS: Final[dict[str, Callable[..., Samples]]] = {
    "throughput": recommender_throughput.measure,
    "same": recommender_same.measure,
    "exact": recommender_exact.measure,
    "one": recommender_one.measure,
    "adversaries": recommender_one.measure_adversaries,
    "fit": recommender_training.measure,
    "memory": recommender_training.measure_memory,
    "growth": recommender_throughput.measure_growth,
}
_AGAINST_OLD: Final = ("throughput", "same", "one", "adversaries")


def _measured(parts: Sequence[str], *, quick: bool, rounds: int, old: Path | None) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    for name in parts:
        also = {"old": old} if name in _AGAINST_OLD else {}
        add_samples(samples, PARTS[name](quick=quick, rounds=rounds, **also))
    return samples, {}


def _judged(samples: Samples) -> list[Goal]:
    judges = (recommender_throughput, recommender_same, recommender_exact, recommender_one)
    return [goal for each in judges for goal in each.judge(samples)]


if __name__ == "__main__":
    sys.exit(
        run_benchmark(
            description=__doc__,
            parts=list(PARTS),
            measured=_measured,
            judge=_judged,
            paths={"old": "a checkout of an earlier commit, whose engine is measured too"},
        )
    )
