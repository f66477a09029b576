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
from harness import Goal, Samples, at_least, at_most, fresh_copy, interleaved, peak_mib, ratio, use_database

_ACCOUNTS = 2
_LEAST_OVER_LOOP, _MOST_OVER_BARE, _MOST_MIB, _MOST_GROWTH = 15, 5, 300, 1.3


@dataclass(frozen=True)
class Size:
    people: dict[str, int]
    growth: tuple[int, ...]
    largest: int


FULL = Size(people={"clawback": 180_000, "grant": 600_000}, growth=(100_000, 500_000, 1_000_000), largest=5_000_000)
QUICK = Size(people={"clawback": 500, "grant": 500}, growth=(300, 600), largest=900)


def measure(server: Server, *, kind: str, quick: bool, rounds: int) -> Samples:
    """A clawback or a grant, from approval to the last row, against a loop in one transaction and the bare limit."""
    people = (QUICK if quick else FULL).people[kind]
    template = f"{kind}_template"
    ledger_wave.accepted_wave(server, database=template, people=people)
    if kind == "clawback":
        ledger_wave.grant()
    contenders: dict[str, Callable[[], float]] = {
        "run": partial(_run, server, kind=kind, template=template),
        "loop": partial(_loop, server, kind=kind, template=template),
        "bare": partial(_bare, server, accounts=_ACCOUNTS * people),
    }
    samples: Samples = {f"{kind} of {people} enrolments, seconds": interleaved(rounds, contenders)}
    if kind == "clawback":
        samples[f"peak memory at {people} enrolments, MiB"] = _memory(server, template=template)
    use_database(server.url(ledger_wave.SCHEMA))
    drop_database(server.url(template))
    return samples


def measure_growth(server: Server, *, quick: bool, rounds: int) -> Samples:
    """Seconds per 100,000 enrolments of a grant with its clawback, at growing sizes."""
    sizes = (QUICK if quick else FULL).growth
    for people in sizes:
        ledger_wave.accepted_wave(server, database=f"growth_{people}", people=people)
    use_database(server.url(ledger_wave.SCHEMA))
    contenders = {str(people): partial(_both, server, people=people) for people in sizes}
    samples: Samples = {_title(sizes): interleaved(rounds, contenders)}
    for people in sizes:
        drop_database(server.url(f"growth_{people}"))
    return samples


def measure_largest(server: Server, *, quick: bool, rounds: int) -> Samples:
    """One round of the same at the largest size, after some of the smallest, and an audit of it."""
    size = QUICK if quick else FULL
    sizes = (size.growth[0], size.largest)
    for people in sizes:
        ledger_wave.accepted_wave(server, database=f"growth_{people}", people=people)
    small = partial(_both, server, people=size.growth[0])
    base = statistics.median(small() for _ in range(rounds))
    large = _both(server, people=size.largest, in_place=True)
    started = time.perf_counter()
    memory = peak_mib(_bekal("audit"))
    seconds = time.perf_counter() - started
    use_database(server.url(ledger_wave.SCHEMA))
    for people in sizes:
        drop_database(server.url(f"growth_{people}"))
    return {
        _title(sizes): {str(size.growth[0]): [base], str(size.largest): [large]},
        f"audit of {size.largest} enrolments, seconds": {"audit": [seconds]},
        f"peak memory at {size.largest} enrolments, MiB": {"audit": [memory]},
    }


def judge(samples: Samples) -> list[Goal]:
    goals = []
    for title, found in samples.items():
        name = title.rpartition(",")[0]
        if "loop" in found:
            goals.append(at_least(f"{name}: loop in one transaction / run", _LEAST_OVER_LOOP, ratio(found, "loop", "run")))
            goals.append(at_most(f"{name}: run / bare limit", _MOST_OVER_BARE, ratio(found, "run", "bare")))
        elif title.startswith("peak memory"):
            goals.append(at_most(f"{name}, of any command, MiB", _MOST_MIB, max(max(values) for values in found.values())))
        elif title.startswith("cost of"):
            smallest, largest = min(found, key=int), max(found, key=int)
            goals.append(at_most(f"{name}: {largest} / {smallest}", _MOST_GROWTH, ratio(found, largest, smallest)))
    return goals


def _title(sizes: tuple[int, ...]) -> str:
    return f"cost of a grant and its clawback at {sizes[0]} to {sizes[-1]} enrolments, seconds per 100000"


def _run(server: Server, *, kind: str, template: str) -> float:
    """Seconds from approval to the last row."""
    use_database(fresh_copy(server, template=template, name="round"))
    if kind == "clawback":
        run, day = ledger_wave.propose_revocation(), ledger_wave.DAY_OF_REVOCATION
    else:
        run, day = ledger_wave.propose_grant(), ledger_wave.ACCEPTED_ON
    started = time.perf_counter()
    ledger_wave.approve_and_post(run, day=day)
    seconds = time.perf_counter() - started
    use_database(server.url(ledger_wave.SCHEMA))
    return seconds


def _loop(server: Server, *, kind: str, template: str) -> float:
    """Seconds of doing the same enrolment by enrolment, in one transaction, with prepared statements."""
    url = fresh_copy(server, template=template, name="round")
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
    use_database(server.url(template) if in_place else fresh_copy(server, template=template, name="round"))
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
        use_database(server.url(ledger_wave.SCHEMA))
    return seconds * 100_000 / people


def _memory(server: Server, *, template: str) -> dict[str, list[float]]:
    """The most memory that each command held on such a ledger."""
    use_database(fresh_copy(server, template=template, name="round"))
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
        measured = {name: [peak_mib(command)] for name, command in commands.items()}
    use_database(server.url(ledger_wave.SCHEMA))
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
