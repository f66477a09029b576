"""Faults, one after the other, and what must hold after each: nothing lost, nothing twice, the audit exact.

    .venv/bin/python benchmarks/faults.py [--site] [--quick] [--json] [--seed N]

Kills workers, crashes the server, cuts connections around COMMIT, fills the disk, races and tampers, at random points that the
seed decides. With --site, the faults are those of the site as it is served: killed processes of pages and of the worker, cut
connections, ended sessions, a crashed PostgreSQL, held rows, forms sent twice, unheard answers and stalled bodies, while
people buy. What was violated is printed, and the exit status is 1 then. The full size injects at least 1,000 faults, --site 500.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from functools import partial

from fault_disk import Impossible, full_disk
from fault_scenes import (
    changed_minds,
    crashed_server,
    cut_purchases,
    cut_runs,
    killed_background_worker,
    killed_workers,
    other_content,
    past_midnight,
    raced_purchases,
    two_workers,
    wrong_clock,
)
from fault_stage import Stage, Violated, prepare
from fault_tampering import TEMPLATE, prepare_sealed, rewritten_chains, rewritten_seals, tampered_rows
from harness import fresh_copy, fresh_server, machine, make_database, use_database
from site_faults import play

Scene = Callable[[Stage], int]

# How often each scene is played at full size, and with --quick.
SCENES: dict[Scene, tuple[int, int]] = {
    killed_workers: (60, 2),
    killed_background_worker: (10, 1),
    crashed_server: (60, 2),
    cut_purchases: (8, 1),
    cut_runs: (15, 1),
    two_workers: (40, 2),
    raced_purchases: (8, 1),
    changed_minds: (15, 1),
    past_midnight: (20, 1),
    wrong_clock: (10, 1),
    other_content: (2, 1),
    tampered_rows: (15, 1),
    rewritten_chains: (10, 1),
    rewritten_seals: (5, 1),
    full_disk: (3, 1),
}
MOST_VIOLATIONS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", action="store_true", help="the faults of the served site")
    parser.add_argument("--quick", action="store_true", help="a size of a minute or two")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seed", type=int, default=1, help="what decides the random points")
    arguments = parser.parse_args()
    with fresh_server() as server:
        stage = Stage(home=server.data_dir.parent, server=server, draw=random.Random(arguments.seed))
        said: dict[str, object] = {}
        if arguments.site:
            said = play(stage, quick=arguments.quick, run=partial(_play, stage))
        else:
            _play_all(stage, quick=arguments.quick)
    _report(stage, arguments, said)
    return 1 if stage.violations else 0


def _play_all(stage: Stage, *, quick: bool) -> None:
    make_database(stage.server.url("granted"))
    prepare()
    use_database(fresh_copy(stage.server, template="granted", name=TEMPLATE))
    prepare_sealed()
    for scene, times in SCENES.items():
        for _ in range(times[quick]):
            _play(stage, scene.__name__.replace("_", " "), partial(scene, stage))


def _play(stage: Stage, name: str, scene: Callable[[], int]) -> None:
    started = time.perf_counter()
    try:
        stage.injected[name] += scene()
    except Impossible as reason:
        stage.skipped[name] = str(reason)
    except Violated as violation:
        stage.violations.append(f"{name}: {violation}")
        if len(stage.violations) > MOST_VIOLATIONS:
            raise
    stage.seconds[name] = stage.seconds.get(name, 0.0) + time.perf_counter() - started


def _report(stage: Stage, arguments: argparse.Namespace, said: dict[str, object]) -> None:
    total = sum(stage.injected.values())
    if arguments.json:
        print(
            json.dumps(
                {
                    "seed": arguments.seed,
                    "injected": total,
                    "by_kind": dict(stage.injected),
                    "skipped": stage.skipped,
                    "violations": stage.violations,
                    "seconds": {name: round(seconds, 1) for name, seconds in stage.seconds.items()},
                    **said,
                    "machine": machine(),
                }
            )
        )
        return
    for name, seconds in stage.seconds.items():
        why = f"skipped: {stage.skipped[name]}" if name in stage.skipped else f"{stage.injected[name]} injected"
        print(f"{name}: {why}, {seconds:.1f} s")
    for name, value in said.items():
        print(f"{name.replace('_', ' ')}: {value}")
    for violation in stage.violations:
        print(f"VIOLATED  {violation}")
    print(f"{total} faults injected with seed {arguments.seed}, {len(stage.violations)} violations")


if __name__ == "__main__":
    sys.exit(main())
