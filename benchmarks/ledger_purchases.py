"""Purchases through Python, in four processes, against creating transactions with django-hordak in the same way."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psycopg

import ledger_wave
from bekal.config.postgres import Server, ensure_database
from harness import Goal, Samples, at_least, interleaved, ratio, use_database

PEERS = Path(__file__).parent / "peers"
PROCESSES = 4


_COMMITS = ("on", "off")
_LEAST = 4


@dataclass(frozen=True)
class Size:
    people: int
    accounts: int
    seconds: int


FULL = Size(people=10_000, accounts=2_000, seconds=10)
QUICK = Size(people=200, accounts=20, seconds=1)
_START_SECONDS = 4.0


def measure(server: Server, *, quick: bool, rounds: int) -> Samples:
    """Purchases and the peer's transactions a second, with synchronous commit on and off.

    Raises:
        RuntimeError: the peer is not installed; `make bench` does so.
    """
    if find_spec("hordak") is None:
        raise RuntimeError("django-hordak is not installed: pip install --require-hashes -r requirements/bench.txt")
    size = QUICK if quick else FULL
    ledger_wave.accepted_wave(server, database="purchases", people=size.people)
    ledger_wave.grant()
    ensure_database(server.url("hordak"))
    _run(server, "bekal_buyer.py", "prepare")
    _run(server, "hordak_payer.py", "prepare", str(size.accounts))
    for database in ("purchases", "hordak"):
        with psycopg.connect(server.url(database), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    samples: Samples = {}
    for commit in _COMMITS:
        contenders: dict[str, Callable[[], float]] = {
            "bekal": partial(_rate, server, "bekal_buyer.py", size, commit),
            "hordak": partial(_rate, server, "hordak_payer.py", size, commit),
        }
        samples[_title(commit)] = interleaved(rounds, contenders)
    use_database(server.url("bekal"))
    return samples


def judge(samples: Samples) -> list[Goal]:
    return [
        at_least(f"purchases / django-hordak transactions, synchronous_commit={commit}", _LEAST, ratio(found, "bekal", "hordak"))
        for commit in _COMMITS
        if (found := samples.get(_title(commit)))
    ]


def _title(commit: str) -> str:
    return f"purchases in {PROCESSES} processes, synchronous_commit={commit}, per second"


def _rate(server: Server, script: str, size: Size, commit: str) -> float:
    """What four processes did a second, all beginning at one moment."""
    start = time.time() + _START_SECONDS
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
