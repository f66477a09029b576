"""The ledger against others and against its goals, all on one server in one run.

    .venv/bin/python benchmarks/ledger.py [--quick] [--json] [--part NAME]... [--rounds N]
    .venv/bin/python benchmarks/ledger.py --merge FILE... [--json]

Contenders take turns, round after round; a figure is the median of at least five rounds, except where it says one round. The full
size takes about an hour; `--quick` only shows that everything runs, and its figures mean nothing. Where an hour at a time is too
much, parts or some of their rounds are measured at a time with `--json`, and `--merge` judges what the files hold together.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import ledger_postings
import ledger_purchases
import ledger_runs
from harness import Goal, Measure, Samples, fresh_server, fsyncs_per_second, machine, make_database, server_settings

PARTS: dict[str, Measure] = {
    **{f"postings-{clients}": partial(ledger_postings.measure, clients=clients) for clients in ledger_postings.CLIENTS},
    "purchases": ledger_purchases.measure,
    "clawback": partial(ledger_runs.measure, kind="clawback"),
    "grant": partial(ledger_runs.measure, kind="grant"),
    "growth": ledger_runs.measure_growth,
    "largest": ledger_runs.measure_largest,
}
ROUNDS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small size and one round, to see that it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be given several times")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="fewer rounds, to be merged with those of other calls")
    parser.add_argument("--merge", type=Path, nargs="+", metavar="FILE", help="measure nothing; judge what earlier calls printed")
    arguments = parser.parse_args()
    if arguments.merge:
        report = _merged([json.loads(file.read_text()) for file in arguments.merge])
    else:
        rounds = 1 if arguments.quick else arguments.rounds
        report = _measured(arguments.part or list(PARTS), quick=arguments.quick, rounds=rounds)
    goals = _judged(report["samples"])
    if arguments.json:
        print(json.dumps({**report, "goals": [asdict(goal) for goal in goals]}))
    else:
        _print(report["samples"], goals)
    return 0


def _measured(parts: Sequence[str], *, quick: bool, rounds: int) -> dict[str, Any]:
    samples: Samples = {}
    with fresh_server() as server:
        call = {
            "parts": parts,
            "rounds": rounds,
            "machine": machine(),
            "server": server_settings(server),
            "flushes per second by method (pg_test_fsync)": fsyncs_per_second(server, seconds=1 if quick else 5),
        }
        make_database(server.url("bekal"))
        for name in parts:
            _add(samples, PARTS[name](server, quick=quick, rounds=rounds))
    return {"quick": quick, "calls": [call], "samples": samples}


def _merged(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One report of several calls.

    Raises:
        ValueError: some are quick and some are not.
    """
    if len({report["quick"] for report in reports}) > 1:
        raise ValueError("figures of a quick size do not belong with those of the full size")
    samples: Samples = {}
    for report in reports:
        _add(samples, report["samples"])
    return {"quick": reports[0]["quick"], "calls": [call for report in reports for call in report["calls"]], "samples": samples}


def _add(samples: Samples, more: Samples) -> None:
    for title, contenders in more.items():
        for name, values in contenders.items():
            samples.setdefault(title, {}).setdefault(name, []).extend(values)


def _judged(samples: Samples) -> list[Goal]:
    return [goal for room in (ledger_postings, ledger_purchases, ledger_runs) for goal in room.judge(samples)]


def _print(samples: Samples, goals: Sequence[Goal]) -> None:
    for title, contenders in samples.items():
        print(title)
        for name, values in contenders.items():
            spread = f" ({min(values):.5g} to {max(values):.5g}, {len(values)} rounds)" if len(values) > 1 else ""
            print(f"    {name}: {statistics.median(values):.5g}{spread}")
    for goal in goals:
        print(f"{'met    ' if goal.met else 'NOT met'}  {goal.name}: {goal.measured} (goal {goal.goal})")


if __name__ == "__main__":
    sys.exit(main())
