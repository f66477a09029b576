"""The recommender against others and against its goals, on people who are all synthetic.

    .venv/bin/python benchmarks/recommender.py [--quick] [--json] [--part NAME]... [--rounds N]
    .venv/bin/python benchmarks/recommender.py --merge FILE... [--json]

Contenders take turns, round after round; a figure is the median of at least five rounds, except where it says one round.
`--quick` only shows that everything runs, and its figures mean nothing. Parts or some of their rounds may be measured at a time
with `--json`; `--merge` judges what the files hold together.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Final

import recommender_exact
import recommender_one
import recommender_throughput
import recommender_training
from harness import Goal, Samples, add_samples, run_benchmark

PARTS: Final[dict[str, Callable[..., Samples]]] = {
    "throughput": recommender_throughput.measure,
    "exact": recommender_exact.measure,
    "one": recommender_one.measure,
    "adversaries": recommender_one.measure_adversaries,
    "fit": recommender_training.measure,
    "memory": recommender_training.measure_memory,
    "growth": recommender_throughput.measure_growth,
}


def _measured(parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    for name in parts:
        add_samples(samples, PARTS[name](quick=quick, rounds=rounds))
    return samples, {}


def _judged(samples: Samples) -> list[Goal]:
    return [goal for each in (recommender_throughput, recommender_exact, recommender_one) for goal in each.judge(samples)]


if __name__ == "__main__":
    sys.exit(run_benchmark(description=__doc__, parts=list(PARTS), measured=_measured, judge=_judged))
