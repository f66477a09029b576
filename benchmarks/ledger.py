"""Posting in SQL against PostgreSQL's own benchmark, side by side on one server.

    .venv/bin/python benchmarks/ledger.py [--quick] [--json]

`pgbench` runs its built-in TPC-B-like script (scale 10) and a script that posts one transfer through `ledger_post` on the
finished schema with every check, trigger and key, in turn, with 1, 4 and 8 clients, with synchronous commit on and off.
"""

import argparse
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
from harness import Goal, at_least, at_most, finish, fresh_server, interleaved

POSTING = """
\\set number random(1, {accounts})
SELECT * FROM ledger_post(
    (:number * 10 + 1)::bigint, 'buy:' || gen_random_uuid(), (:number * 10 + 1)::bigint, -13, 1, '2021-11-22', now(), NULL, NULL
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    with fresh_server() as server:
        _prepare(server, size)
        raw, goals = _postings(server, size)
        bytes_each = _bytes_per_transfer(server)
        raw["bytes_per_transfer"] = bytes_each
        raw["server"] = _server_settings(server)
        goals.append(at_most("bytes per transfer with its indexes", 280, bytes_each))
    finish(goals=goals, raw=raw, as_json=arguments.json)


def _prepare(server: Server, size: Size) -> None:
    """The migrated schema with funded accounts, and pgbench's own tables."""
    ensure_database(server.url("bekal"))
    ensure_database(server.url("tpcb"))
    os.environ |= {"DATABASE_URL": server.url("bekal"), "DJANGO_SETTINGS_MODULE": "bekal.config.settings"}
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    with psycopg.connect(server.url("bekal"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ledger_balance (owner, fund, available_idr, head)"
            " SELECT number * 10 + 1, 3, 1000000, decode(repeat('00', 32), 'hex') FROM generate_series(1, %s) AS number",
            [size.accounts],
        )
        connection.execute("VACUUM ANALYZE ledger_balance")
    subprocess.run([server.bin("pgbench"), "-i", "-q", "-s", "10", server.url("tpcb")], check=True, capture_output=True)


def _postings(server: Server, size: Size) -> tuple[dict[str, object], list[Goal]]:
    raw: dict[str, object] = {}
    goals = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.sql"
        script.write_text(POSTING.format(accounts=size.accounts))
        for clients in size.clients:
            for commit, limit in (("off", 1.6), ("on", 1.0)):
                load = Load(clients=clients, commit=commit, seconds=size.seconds)
                contenders: dict[str, Callable[[], float]] = {
                    "post": _contender(server, database="bekal", script=["-f", str(script)], load=load),
                    "tpcb": _contender(server, database="tpcb", script=["-b", "tpcb-like"], load=load),
                }
                measured = interleaved(size.rounds, contenders)
                raw[f"{clients} clients, synchronous_commit={commit}, per second"] = measured
                ratio = statistics.median(post / tpcb for post, tpcb in zip(measured["post"], measured["tpcb"], strict=True))
                raw[f"{clients} clients, synchronous_commit={commit}, ratio"] = round(ratio, 3)
                if clients == 4:
                    goals.append(at_least(f"postings / TPC-B-like, 4 clients, synchronous_commit={commit}", limit, ratio))
    return raw, goals


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
    with psycopg.connect(server.url("bekal"), autocommit=True) as connection:
        connection.execute("VACUUM ledger_transfer")
        row = connection.execute(
            "SELECT pg_total_relation_size('ledger_transfer')::float / count(*) FROM ledger_transfer"
        ).fetchone()
    return float(row[0]) if row else 0.0


def _server_settings(server: Server) -> dict[str, str]:
    names = ["server_version", "shared_buffers", "max_wal_size", "wal_compression", "fsync", "full_page_writes"]
    with psycopg.connect(server.url("bekal")) as connection:
        rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", [names]).fetchall()
    return dict(rows)


if __name__ == "__main__":
    main()
