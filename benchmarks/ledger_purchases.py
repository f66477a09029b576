"""Purchases through Python, in four processes, against creating transactions with django-hordak in the same way."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

import ledger_wave
from bekal.config.postgres import Server, ensure_database
from harness import Goal, Samples, at_least, interleaved, is_installed, ratio, use_database

PEERS = Path(__file__).parent / "peers"
PROCESSES = 4


_COMMITS = ("on", "off")
_LEAST = 4


@dataclass(frozen=True)
class Size:
    people: int
    accounts: int
    seconds: int
    start_seconds: float
    """So long after they were started all processes begin; by then each has loaded what it needs."""


FULL = Size(people=10_000, accounts=2_000, seconds=10, start_seconds=4)
QUICK = Size(people=200, accounts=20, seconds=1, start_seconds=0)


def measure(server: Server, *, quick: bool, rounds: int) -> Samples:
    """Purchases and, where the peer is installed, its transactions a second, with synchronous commit on and off."""
    scripts = {"bekal": "bekal_buyer.py"}
    if is_installed("hordak", name="django-hordak"):
        scripts["hordak"] = "hordak_payer.py"
    size = QUICK if quick else FULL
    ledger_wave.accepted_wave(server, database="purchases", people=size.people)
    ledger_wave.grant()
    _run(server, "bekal_buyer.py", "prepare")
    if "hordak" in scripts:
        ensure_database(server.url("hordak"))
        _run(server, "hordak_payer.py", "prepare", str(size.accounts))
    for script in scripts.values():
        with psycopg.connect(_environment(server, script)["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    samples: Samples = {}
    for commit in _COMMITS:
        contenders: dict[str, Callable[[], float]] = {
            name: partial(_rate, server, script, size, commit) for name, script in scripts.items()
        }
        samples[_title(commit)] = interleaved(rounds, contenders)
    use_database(server.url(ledger_wave.SCHEMA))
    return samples


def judge(samples: Samples) -> list[Goal]:
    return [
        at_least(f"purchases / django-hordak transactions, synchronous_commit={commit}", _LEAST, ratio(found, "bekal", "hordak"))
        for commit in _COMMITS
        if "hordak" in (found := samples.get(_title(commit), {}))
    ]


def _title(commit: str) -> str:
    return f"purchases in {PROCESSES} processes, synchronous_commit={commit}, per second"


def _rate(server: Server, script: str, size: Size, commit: str) -> float:
    """What four processes did a second, all beginning at one moment."""
    start = time.time() + size.start_seconds
    environment = {**_environment(server, script), "PGOPTIONS": f"-c synchronous_commit={commit}"}
    processes = [
        subprocess.Popen(
            [sys.executable, PEERS / script, "pay", str(start), str(size.seconds), str(seed)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    counts = [int(process.communicate()[0]) for process in processes]
    return sum(counts) / size.seconds


def _run(server: Server, script: str, *arguments: str) -> None:
    subprocess.run([sys.executable, PEERS / script, *arguments], env=_environment(server, script), check=True)


def _environment(server: Server, script: str) -> dict[str, str]:
    is_peer = script.startswith("hordak")
    return {
        **os.environ,
        "DATABASE_URL": server.url("hordak" if is_peer else "purchases"),
        "DJANGO_SETTINGS_MODULE": "hordak_settings" if is_peer else "bekal.config.settings",
    }
