"""The ledger against others and against its goals, all on one server in one run.

    .venv/bin/python benchmarks/ledger.py [--quick] [--json] [--part postings|purchases|runs|growth]

Contenders take turns, round after round; a figure is the median of at least five rounds, except where it says one round. The full
size takes more than an hour; `--quick` only shows that everything runs, and its figures mean nothing.
"""

import argparse

import ledger_postings
import ledger_purchases
import ledger_runs
from harness import Goal, finish, fresh_server, fsyncs_per_second, make_database, server_settings

PARTS = {
    "postings": ledger_postings.measure,
    "purchases": ledger_purchases.measure,
    "runs": ledger_runs.measure,
    "growth": ledger_runs.measure_growth,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be given several times")
    arguments = parser.parse_args()
    raw: dict[str, object] = {}
    goals: list[Goal] = []
    with fresh_server() as server:
        raw["server"] = server_settings(server)
        raw["flushes per second by method (pg_test_fsync)"] = fsyncs_per_second(server, seconds=1 if arguments.quick else 5)
        make_database(server.url("bekal"))
        for name in arguments.part or PARTS:
            measured, judged = PARTS[name](server, quick=arguments.quick)
            raw[name] = measured
            goals += judged
    finish(goals=goals, raw=raw, as_json=arguments.json)


if __name__ == "__main__":
    main()
