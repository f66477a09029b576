"""Posting in SQL against PostgreSQL's own TPC-B-like script, and what a transfer weighs."""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bekal.config.postgres import Server, drop_database, ensure_database
from harness import Goal, Samples, at_least, at_most, fresh_copy, interleaved, ratio, use_database
from ledger_wave import SCHEMA

# Keys are as long as those of real purchases: see bekal.purchases.keys.
POSTING = """
\\set number random(1, {accounts})
SELECT * FROM ledger_post(
    (:number * 10 + 1)::bigint, 'buy:' || substr(encode(sha256(gen_random_uuid()::text::bytea), 'base64'), 1, 22),
    (:number * 10 + 1)::bigint, -13, 1, '2021-11-22', now(), NULL, NULL
);
"""


CLIENTS = (1, 4, 8)
# Goals with four clients: the work itself, and where a slow disk makes both wait for the same flush.
_JUDGED_CLIENTS = 4
_GOALS = {"off": 1.6, "on": 1.0}
_MOST_BYTES = 280
_BYTES = "bytes per transfer with its indexes"


@dataclass(frozen=True)
class Size:
    accounts: int
    seconds: int


@dataclass(frozen=True)
class Load:
    clients: int
    commit: str
    seconds: int


FULL = Size(accounts=1_000_000, seconds=10)
QUICK = Size(accounts=10_000, seconds=1)


def measure(server: Server, *, clients: int, quick: bool, rounds: int) -> Samples:
    """Both scripts in turn with so many clients, with synchronous commit off and on, on the finished schema."""
    size = QUICK if quick else FULL
    _prepare(server, size)
    samples: Samples = {}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.sql"
        script.write_text(POSTING.format(accounts=size.accounts))
        for commit in _GOALS:
            load = Load(clients=clients, commit=commit, seconds=size.seconds)
            contenders: dict[str, Callable[[], float]] = {
                "post": _contender(server, database="postings", script=["-f", str(script)], load=load),
                "tpcb": _contender(server, database="tpcb", script=["-b", "tpcb-like"], load=load),
            }
            samples[_title(clients, commit)] = interleaved(rounds, contenders)
    samples[_BYTES] = {"bytes": [_bytes_per_transfer(server)]}
    return samples


def judge(samples: Samples) -> list[Goal]:
    goals = [
        at_least(
            f"postings / TPC-B-like, {_JUDGED_CLIENTS} clients, synchronous_commit={commit}", limit, ratio(found, "post", "tpcb")
        )
        for commit, limit in _GOALS.items()
        if (found := samples.get(_title(_JUDGED_CLIENTS, commit)))
    ]
    if _BYTES in samples:
        goals.append(at_most(_BYTES, _MOST_BYTES, max(samples[_BYTES]["bytes"])))
    return goals


def _title(clients: int, commit: str) -> str:
    return f"postings with {clients} clients, synchronous_commit={commit}, per second"


def _prepare(server: Server, size: Size) -> None:
    """The migrated schema with funded accounts, and pgbench's own tables; both new."""
    use_database(fresh_copy(server, template=SCHEMA, name="postings"))
    drop_database(server.url("tpcb"))
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
