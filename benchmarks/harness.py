"""What every benchmark shares: a server of its own, the machine's description, the verdict on its goals."""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import psycopg

from bekal.config.demo_marks import claim_home
from bekal.config.postgres import Server, clone_database, ensure_database, running_server


@dataclass(frozen=True)
class Goal:
    """One figure against what it should be."""

    name: str
    goal: str
    measured: float
    met: bool


Samples = dict[str, dict[str, list[float]]]
"""Of each measurement, what every contender reached, round by round."""


ROUNDS: Final = 5


Measured = Callable[..., tuple[Samples, dict[str, object]]]
"""What is measured of these parts (a sequence), and what is to be said of the call beside its parts, rounds and machine.

Further arguments are `quick`, `rounds`, and the paths that the command line was asked for, None where it names none.
"""


def run_benchmark(
    *,
    description: str | None,
    parts: Sequence[str],
    measured: Measured,
    judge: Callable[[Samples], list[Goal]],
    paths: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Measure, or merge, what the command line says, and print it with the verdict on the goals.

    Args:
        paths: names of further options that take a path, and what is said of each.

    Raises:
        ValueError: to be merged are figures of both sizes.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small size and one round, to see that it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--part", choices=parts, action="append", help="only this part; may be given several times")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="fewer rounds, to be merged with those of other calls")
    parser.add_argument("--merge", type=Path, nargs="+", metavar="FILE", help="measure nothing; judge what earlier calls printed")
    for name, said_of_it in paths.items():
        parser.add_argument(f"--{name}", type=Path, metavar="PATH", help=said_of_it)
    arguments = parser.parse_args()
    if arguments.merge:
        report = _merged([json.loads(file.read_text()) for file in arguments.merge])
    else:
        asked, rounds = arguments.part or list(parts), 1 if arguments.quick else arguments.rounds
        samples, said = measured(
            asked, quick=arguments.quick, rounds=rounds, **{name: getattr(arguments, name) for name in paths}
        )
        call = {"parts": asked, "rounds": rounds, "machine": machine(), **said}
        report = {"quick": arguments.quick, "calls": [call], "samples": samples}
    goals = judge(report["samples"])
    if arguments.json:
        print(json.dumps({**report, "goals": [asdict(goal) for goal in goals]}))
    else:
        _print(report["samples"], goals)
    return 0


def add_samples(samples: Samples, more: Samples) -> None:
    for title, contenders in more.items():
        for name, values in contenders.items():
            samples.setdefault(title, {}).setdefault(name, []).extend(values)


def _merged(reports: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if len({report["quick"] for report in reports}) > 1:
        raise ValueError("figures of a quick size do not belong with those of the full size")
    samples: Samples = {}
    for report in reports:
        add_samples(samples, report["samples"])
    return {"quick": reports[0]["quick"], "calls": [call for report in reports for call in report["calls"]], "samples": samples}


def _print(samples: Samples, goals: Sequence[Goal]) -> None:
    for title, contenders in samples.items():
        print(title)
        for name, values in contenders.items():
            spread = f" ({min(values):.5g} to {max(values):.5g}, {len(values)} rounds)" if len(values) > 1 else ""
            print(f"    {name}: {statistics.median(values):.5g}{spread}")
    print_goals(goals)


def print_goals(goals: Sequence[Goal]) -> None:
    for goal in goals:
        print(f"{'met    ' if goal.met else 'NOT met'}  {goal.name}: {goal.measured} (goal {goal.goal})")


def at_least(name: str, limit: float, measured: float) -> Goal:
    return Goal(name, f">= {limit}", round(measured, 3), measured >= limit)


def at_most(name: str, limit: float, measured: float) -> Goal:
    return Goal(name, f"<= {limit}", round(measured, 3), measured <= limit)


@contextmanager
def fresh_server(*, for_a_demo: bool = False) -> Iterator[Server]:
    """A durable embedded server in a home of its own, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="bekal-bench-"))
    home.chmod(0o755)
    os.environ["BEKAL_HOME"] = str(home)
    if for_a_demo:
        claim_home(home)
    try:
        with running_server(home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def use_database(url: str) -> None:
    """Have Django, in this process and its children, work on this database from now on."""
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "bekal.config.settings"}
    import django
    from django.apps import apps
    from django.db import connections

    if not apps.ready:
        django.setup()
    from bekal.config.databases import connection_settings

    connections["default"].close()
    connections["default"].settings_dict.update({name: connection_settings(url)[name] for name in ("NAME", "USER", "HOST")})


def make_database(url: str) -> None:
    """Use a new database with Bekal's schema."""
    ensure_database(url)
    use_database(url)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fresh_copy(server: Server, *, template: str, name: str) -> str:
    """Copy a database that nobody but this process uses, and have the copy on the disk; return its address."""
    from django.db import connections

    connections["default"].close()
    clone_database(server.url(name), template=template)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    return server.url(name)


def is_installed(package: str, *, name: str) -> bool:
    """Whether a peer is here to be compared with. Where it is not, that is said."""
    if find_spec(package):
        return True
    print(f"{name} is not installed and left out: `make bench` installs it", file=sys.stderr)
    return False


def peak_mib(command: Sequence[str | Path]) -> float:
    """Run a command to its end and return the most memory that it held, in MiB, read every few milliseconds."""
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            # A process that has just ended has no memory any more.
            if found := re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE):
                peak = max(peak, int(found[1]))
            time.sleep(0.005)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return peak / 1024


def fsyncs_per_second(server: Server, *, seconds: int) -> dict[str, float]:
    """What `pg_test_fsync` says of the disk under the data: one 8 kB write and flush at a time, by method."""
    file = server.data_dir.parent / "fsync.test"
    command: list[str | Path] = [server.bin("pg_test_fsync"), "-s", str(seconds), "-f", file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        one_write = "".join(takewhile(lambda line: "using two 8kB writes" not in line, process.stdout))
        process.terminate()  # of what it goes on to measure nothing is asked; it removes its file
    found = {name: float(rate) for name, rate in re.findall(r"^\s+(\w+)\s+([\d.]+) ops/sec", one_write, re.MULTILINE)}
    if not found:
        raise RuntimeError(f"pg_test_fsync said only: {one_write}")
    return found


def server_settings(server: Server) -> dict[str, str]:
    """Everything that was set otherwise than PostgreSQL's defaults, and what matters most."""
    with psycopg.connect(server.url("postgres")) as connection:
        rows = connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE source = 'command line' OR name IN ("
            "'server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_compression', 'work_mem', 'autovacuum')"
            " ORDER BY name"
        ).fetchall()
    return dict(rows)


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure the contenders in turn, round after round, so that a machine that drifts drifts for all of them."""
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            measured[name].append(measure())
    return measured


def ratio(measured: Mapping[str, Sequence[float]], above: str, below: str) -> float:
    """The median over the rounds of one contender's figure divided by another's."""
    return statistics.median(a / b for a, b in zip(measured[above], measured[below], strict=True))


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
