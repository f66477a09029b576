"""The ledger against others and against its goals, all on one server in one run.

    .venv/bin/python benchmarks/ledger.py [--quick] [--json] [--part NAME]... [--rounds N]
    .venv/bin/python benchmarks/ledger.py --merge FILE... [--json]

Contenders take turns, round after round; a figure is the median of at least five rounds, except where it says one round. The full
size takes about an hour; `--quick` only shows that everything runs, and its figures mean nothing. Where an hour at a time is too
much, parts or some of their rounds are measured at a time with `--json`, and `--merge` judges what the files hold together.
"""

import sys
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import ledger_postings
import ledger_purchases
import ledger_runs
import ledger_wave
from bekal.config.postgres import Server
from harness import Goal, Samples, add_samples, fresh_server, fsyncs_per_second, make_database, run_benchmark, server_settings


class Measure(Protocol):
    """One part of the benchmark."""

    def __call__(self, server: Server, *, quick: bool, rounds: int) -> Samples: ...


PARTS: dict[str, Measure] = {
    **{f"postings-{clients}": partial(ledger_postings.measure, clients=clients) for clients in ledger_postings.CLIENTS},
    "purchases": ledger_purchases.measure,
    "clawback": partial(ledger_runs.measure, kind="clawback"),
    "grant": partial(ledger_runs.measure, kind="grant"),
    "growth": ledger_runs.measure_growth,
    "largest": ledger_runs.measure_largest,
}


def _measured(parts: Sequence[str], *, quick: bool, rounds: int) -> tuple[Samples, dict[str, object]]:
    samples: Samples = {}
    with fresh_server() as server:
        said: dict[str, object] = {
            "server": server_settings(server),
            "flushes per second by method (pg_test_fsync)": fsyncs_per_second(server, seconds=1 if quick else 5),
        }
        make_database(server.url(ledger_wave.SCHEMA))
        for name in parts:
            add_samples(samples, PARTS[name](server, quick=quick, rounds=rounds))
    return samples, said


def _judged(samples: Samples) -> list[Goal]:
    return [goal for room in (ledger_postings, ledger_purchases, ledger_runs) for goal in room.judge(samples)]


if __name__ == "__main__":
    sys.exit(run_benchmark(description=__doc__, parts=list(PARTS), measured=_measured, judge=_judged))
