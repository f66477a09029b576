"""Runs: against a loop, against the bare limit, and at growing sizes; and the memory that each command takes."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

import ledger_wave
from bekal.config.postgres import Server, drop_database, ensure_database
from harness import Goal, at_least, at_most, clone_database, interleaved, peak_mib, use_database


@dataclass(frozen=True)
class Size:
    clawback: int
    grant: int
    growth: tuple[int, ...]
    largest: int | None
    rounds: int


FULL = Size(clawback=180_000, grant=600_000, growth=(100_000, 500_000, 1_000_000), largest=5_000_000, rounds=5)
QUICK = Size(clawback=500, grant=500, growth=(300, 600), largest=None, rounds=1)
_ACCOUNTS = 2


def measure(server: Server, *, quick: bool) -> tuple[dict[str, object], list[Goal]]:
    """A clawback and a grant, from approval to the last row, against a loop in one transaction and the bare limit."""
    size = QUICK if quick else FULL
    raw: dict[str, object] = {}
    goals = []
    for name, people in (("clawback", size.clawback), ("grant", size.grant)):
        template = f"{name}_template"
        ledger_wave.accepted_wave(server, database=template, people=people)
        if name == "clawback":
            ledger_wave.grant()
        contenders: dict[str, Callable[[], float]] = {
            "run": partial(_run, server, kind=name, template=template),
            "loop": partial(_loop, server, kind=name, template=template),
            "bare": partial(_bare, server, accounts=_ACCOUNTS * people),
        }
        measured = interleaved(size.rounds, contenders)
        raw[f"{name} of {people} enrolments, seconds"] = measured
        loop, bare = (
            statistics.median(a / b for a, b in zip(*pair, strict=True))
            for pair in ((measured["loop"], measured["run"]), (measured["run"], measured["bare"]))
        )
        goals.append(at_least(f"{name} of {people}: loop in one transaction / run", 15, loop))
        goals.append(at_most(f"{name} of {people}: run / bare limit", 5, bare))
        if name == "clawback":
            memory = _memory(server, template=template)
            raw[f"peak memory of the command at {people} enrolments, MiB"] = memory
            goals.append(at_most(f"peak memory of any command at {people} enrolments, MiB", 300, max(memory.values())))
        use_database(server.url("bekal"))
        drop_database(server.url(template))
    return raw, goals


def measure_growth(server: Server, *, quick: bool) -> tuple[dict[str, object], list[Goal]]:
    """Seconds per 100,000 enrolments of a grant with its clawback, at growing sizes; the memory of the audit at the largest."""
    size = QUICK if quick else FULL
    for people in size.growth:
        ledger_wave.accepted_wave(server, database=f"growth_{people}", people=people)
    use_database(server.url("bekal"))
    measured = interleaved(size.rounds, {str(people): partial(_both, server, people=people) for people in size.growth})
    per_100k = {people: statistics.median(seconds) for people, seconds in measured.items()}
    raw: dict[str, object] = {"grant and clawback, seconds per 100,000 enrolments": measured}
    goals = [
        at_most(
            f"growth of cost from {size.growth[0]} to {size.growth[-1]} enrolments",
            1.3,
            per_100k[str(size.growth[-1])] / per_100k[str(size.growth[0])],
        )
    ]
    for people in size.growth:
        drop_database(server.url(f"growth_{people}"))
    if size.largest is not None:
        ledger_wave.accepted_wave(server, database=f"growth_{size.largest}", people=size.largest)
        seconds = _both(server, people=size.largest, in_place=True)
        raw[f"grant and clawback of {size.largest}, one round, seconds per 100,000 enrolments"] = seconds
        goals.append(
            at_most(
                f"growth of cost from {size.growth[0]} to {size.largest} enrolments, one round",
                1.3,
                seconds / per_100k[str(size.growth[0])],
            )
        )
        started = time.perf_counter()
        memory = peak_mib(_bekal("audit"))
        raw[f"audit after {size.largest}, seconds, MiB"] = [round(time.perf_counter() - started, 1), round(memory, 1)]
        goals.append(at_most(f"peak memory of the audit at {size.largest} enrolments, MiB", 300, memory))
    return raw, goals


def _run(server: Server, *, kind: str, template: str) -> float:
    """Seconds from approval to the last row."""
    use_database(clone_database(server, template=template, name="round"))
    if kind == "clawback":
        run, day = ledger_wave.propose_revocation(), ledger_wave.DAY_OF_REVOCATION
    else:
        run, day = ledger_wave.propose_grant(), ledger_wave.ACCEPTED_ON
    started = time.perf_counter()
    ledger_wave.approve_and_post(run, day=day)
    seconds = time.perf_counter() - started
    use_database(server.url("bekal"))
    return seconds


def _loop(server: Server, *, kind: str, template: str) -> float:
    """Seconds of doing the same enrolment by enrolment, in one transaction, with prepared statements."""
    url = clone_database(server, template=template, name="round")
    steps = _CLAWBACK_STEPS if kind == "clawback" else _GRANT_STEPS
    with psycopg.connect(url, prepare_threshold=1) as connection:
        rows = connection.execute("SELECT number, participant_id FROM participants_enrolment ORDER BY number").fetchall()
        row = connection.execute("SELECT fund FROM programmes_wave").fetchone()
        fund = row[0] if row else 0
        connection.commit()
        started = time.perf_counter()
        with connection.transaction():
            if kind == "grant":
                total = 3_550_000 * len(rows)
                connection.execute(
                    "SELECT ledger_post(%s, 'allocate', %s, -12, %s, '2021-03-01', now(), NULL, NULL)", [fund, fund, total]
                )
            for number, person in rows:
                values = {"number": number, "person": person}
                for step in steps:
                    connection.execute(step, values)
        seconds = time.perf_counter() - started
    return seconds


def _bare(server: Server, *, accounts: int) -> float:
    """Seconds of one INSERT of so many narrow rows and one UPDATE of as many balances, without index or constraint."""
    ensure_database(server.url("bare"))
    with psycopg.connect(server.url("bare"), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS balance, transfer")
        connection.execute("CREATE TABLE balance (owner bigint, available_idr bigint)")
        connection.execute(
            "CREATE TABLE transfer (owner bigint, debit bigint, credit bigint, amount_idr bigint, posting_date date)"
        )
        connection.execute("INSERT INTO balance SELECT owner, 1000000 FROM generate_series(1, %s) AS owner", [accounts])
        connection.execute("VACUUM ANALYZE balance")
        started = time.perf_counter()
        with connection.transaction():
            connection.execute("INSERT INTO transfer SELECT owner, owner, -17, available_idr, '2021-04-01' FROM balance")
            connection.execute("UPDATE balance SET available_idr = 0")
        return time.perf_counter() - started


def _both(server: Server, *, people: int, in_place: bool = False) -> float:
    """Seconds per 100,000 enrolments of a grant and its clawback, each from approval to the last row."""
    template = f"growth_{people}"
    use_database(server.url(template) if in_place else clone_database(server, template=template, name="round"))
    seconds = 0.0
    for propose, day in (
        (ledger_wave.propose_grant, ledger_wave.ACCEPTED_ON),
        (ledger_wave.propose_revocation, ledger_wave.DAY_OF_REVOCATION),
    ):
        run = propose()
        started = time.perf_counter()
        ledger_wave.approve_and_post(run, day=day)
        seconds += time.perf_counter() - started
    if not in_place:
        use_database(server.url("bekal"))
    return seconds * 100_000 / people


def _memory(server: Server, *, template: str) -> dict[str, float]:
    """The most memory that each command held on such a ledger."""
    use_database(clone_database(server, template=template, name="round"))
    from bekal.core import clock
    from bekal.ledger.runs.services import approve_run

    run = ledger_wave.propose_revocation()
    with clock.at(clock.start_of(ledger_wave.DAY_OF_REVOCATION)):
        approve_run(run=run, approver=ledger_wave.officer("approver"))
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "runs": _bekal("runs"),
            "post": _bekal("post", str(run.public_id)),
            "audit": _bekal("audit"),
            "seal": _bekal("seal"),
            "statement": _bekal("statement", "21", "--export", str(Path(folder) / "statement")),
        }
        measured = {name: round(peak_mib(command), 1) for name, command in commands.items()}
    use_database(server.url("bekal"))
    return measured


def _bekal(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bekal.config.main", *arguments]


_CLAWBACK_STEPS = (
    *(
        f"SELECT ledger_post(%(number)s * 10 + {kind}, 'return:{name}', %(number)s * 10 + {kind}, -17, {amount_idr},"
        " '2021-04-01', now(), NULL, NULL)"
        for kind, name, amount_idr in ((1, "training", 1_000_000), (2, "incentive", 2_550_000))
    ),
    "UPDATE ledger_balance SET closed_on = '2021-04-01' WHERE owner IN (%(number)s * 10 + 1, %(number)s * 10 + 2)",
    "UPDATE participants_enrolment SET status = 'revoked' WHERE number = %(number)s",
    "INSERT INTO participants_bar (participant_id, barred_on) VALUES (%(person)s, '2021-04-01')",
)
_GRANT_STEPS = (
    *(
        f"SELECT ledger_post(%(number)s * 10 + {kind}, 'grant:{name}', -12, %(number)s * 10 + {kind}, {amount_idr}, '2021-03-01',"
        " now(), NULL, NULL)"
        for kind, name, amount_idr in ((1, "training", 1_000_000), (2, "incentive", 2_550_000))
    ),
    "UPDATE participants_enrolment SET status = 'granted' WHERE number = %(number)s",
)
