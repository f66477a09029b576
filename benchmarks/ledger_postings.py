"""Posting in SQL against PostgreSQL's own TPC-B-like script, and what a transfer weighs."""

import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bekal.config.postgres import Server, ensure_database
from harness import Goal, at_least, at_most, interleaved, make_database

# Keys are as long as those of real purchases: see bekal.purchases.keys.
POSTING = """
\\set number random(1, {accounts})
SELECT * FROM ledger_post(
    (:number * 10 + 1)::bigint, 'buy:' || substr(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), 1, 22),
    (:number * 10 + 1)::bigint, -13, 1, '2021-11-22', now(), NULL, NULL
);
"""


@dataclass(frozen=True)
class Size:
    accounts: int
    rounds: int
    seconds: int
    clients: tuple[int, ...]


@dataclass(frozen=True)
class Load:
    clients: int
    commit: str
    seconds: int


FULL = Size(accounts=1_000_000, rounds=5, seconds=10, clients=(1, 4, 8))
QUICK = Size(accounts=10_000, rounds=1, seconds=1, clients=(4,))


def measure(server: Server, *, quick: bool) -> tuple[dict[str, object], list[Goal]]:
    """Both scripts in turn with 1, 4 and 8 clients, with synchronous commit off and on, on the finished schema."""
    size = QUICK if quick else FULL
    _prepare(server, size)
    raw: dict[str, object] = {}
    goals = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.sql"
        script.write_text(POSTING.format(accounts=size.accounts))
        for clients in size.clients:
            for commit, limit in (("off", 1.6), ("on", 1.0)):
                load = Load(clients=clients, commit=commit, seconds=size.seconds)
                contenders: dict[str, Callable[[], float]] = {
                    "post": _contender(server, database="postings", script=["-f", str(script)], load=load),
                    "tpcb": _contender(server, database="tpcb", script=["-b", "tpcb-like"], load=load),
                }
                measured = interleaved(size.rounds, contenders)
                raw[f"{clients} clients, synchronous_commit={commit}, per second"] = measured
                ratio = statistics.median(post / tpcb for post, tpcb in zip(measured["post"], measured["tpcb"], strict=True))
                raw[f"{clients} clients, synchronous_commit={commit}, ratio"] = round(ratio, 3)
                if clients == 4:
                    goals.append(at_least(f"postings / TPC-B-like, 4 clients, synchronous_commit={commit}", limit, ratio))
    bytes_each = _bytes_per_transfer(server)
    raw["bytes per transfer"] = round(bytes_each, 1)
    goals.append(at_most("bytes per transfer with its indexes", 280, bytes_each))
    return raw, goals


def _prepare(server: Server, size: Size) -> None:
    """The migrated schema with funded accounts, and pgbench's own tables."""
    make_database(server.url("postings"))
    ensure_database(server.url("tpcb"))
    with psycopg.connect(server.url("postings"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ledger_balance (owner, fund, available_idr, head)"
            " SELECT number * 10 + 1, 3, 1000000, decode(repeat('00', 32), 'hex') FROM generate_series(1, %s) AS number",
            [size.accounts],
        )
        connection.execute("VACUUM ANALYZE ledger_balance")
    subprocess.run([server.bin("pgbench"), "-i", "-q", "-s", "10", server.url("tpcb")], check=True, capture_output=True)


def _contender(server: Server, *, database: str, script: list[str], load: Load) -> Callable[[], float]:
    command = [
        str(server.bin("pgbench")), "-n", "-M", "prepared", "-c", str(load.clients), "-j", "2", "-T", str(load.seconds), *script,
        server.url(database),
    ]  # fmt: skip
    environment = {**os.environ, "PGOPTIONS": f"-c synchronous_commit={load.commit}"}

    def measure() -> float:
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        if found is None:
            raise RuntimeError(done.stdout + done.stderr)
        return float(found[1])

    return measure


def _bytes_per_transfer(server: Server) -> float:
    with psycopg.connect(server.url("postings"), autocommit=True) as connection:
        connection.execute("VACUUM ledger_transfer")
        row = connection.execute(
            "SELECT pg_total_relation_size('ledger_transfer')::float / count(*) FROM ledger_transfer"
        ).fetchone()
    return float(row[0]) if row else 0.0
