"""Where faults are injected: a server, waves to run over, workers that can be killed, and what must hold after each."""

import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bekal.config.postgres import Server, running_server
from harness import fresh_copy, use_database

PEOPLE = 30
CHUNK_OWNERS = 4
TRAINING_IDR, INCENTIVE_IDR = 1_000_000, 2_550_000
PRICES_IDR = (1_000, 250_000, 400_000)

ACCEPTED_ON = date(2021, 3, 1)
FIRST_PURCHASE_BY = date(2021, 3, 30)
REVOKED_ON = FIRST_PURCHASE_BY + timedelta(days=1)

LOST_DATABASE, REFUSED, FAILED = 3, 4, 5
"""How a worker ended: the server went away under it; a typed refusal; anything else."""


OTHERS = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
"""Sessions of others, such as those of a killed worker that the server has not noticed yet."""


class Violated(AssertionError):
    """Something was lost, came twice, or the audit is not exact."""


@dataclass
class Stage:
    """One server with a template of granted people, and a count of what was done to it."""

    home: Path
    server: Server
    draw: random.Random
    injected: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def fresh(self, template: str = "granted") -> None:
        """Work on a copy of the template."""
        use_database(fresh_copy(self.server, template=template, name="stage"))

    def restart(self) -> None:
        """Start the server that crashed again, and wait until it has recovered. Its home and address stay the same."""
        from django.db import connections

        connections["default"].close()
        with running_server(self.home):
            pass

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            raise Violated(what)


def at(day: date, hour: int = 12, minute: int = 0) -> Any:
    """The clock at a time of a Jakarta day."""
    from datetime import datetime

    from bekal.core import clock

    return clock.at(datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock.JAKARTA))


def prepare(*, people: int = PEOPLE, prices_idr: Sequence[int] = PRICES_IDR) -> None:
    """In the database in use: officers, trainings, and a wave whose people have their money."""
    from bekal.catalogue.services import NewTraining, add_trainings
    from bekal.simulation.people import make_people
    from bekal.simulation.wave import accept_people, grant_everybody, make_office, open_funded_wave

    office = make_office(domain="example.org")
    with at(ACCEPTED_ON):
        add_trainings(
            trainings=[
                NewTraining(code=f"T-{price_idr}", title="Training", provider=f"Provider {price_idr}", price_idr=price_idr)
                for price_idr in prices_idr
            ]
        )
        wave = open_funded_wave(number=1, accepted_on=ACCEPTED_ON, places=people, reference="stage", office=office)
        accept_people(wave=wave, people=make_people(count=people, seed=1, day=ACCEPTED_ON))
        grant_everybody(wave=wave, office=office)


def officer(role: str) -> Any:
    from bekal.access.models import User

    return User.objects.get(role=role)


def approve(run: Any) -> Any:
    from bekal.ledger.runs.services import approve_run

    return approve_run(run=run, approver=officer("approver"))


def post(run: Any, progress: Callable[[int], None] | None = None) -> Any:
    """Post a run in small chunks, so that there are many points to be hit at."""
    from bekal.ledger.runs.services import post_run

    return post_run(run=run, progress=progress, chunk_owners=CHUNK_OWNERS)


def approved_revocation(day: date = REVOKED_ON) -> Any:
    from bekal.programmes.models import Wave
    from bekal.treasury.services import propose_revocation

    with at(day):
        return approve(propose_revocation(wave=Wave.objects.get(), proposer=officer("operator")))


def spawn(deed: Callable[[], Any]) -> int:
    """Do something in a process of its own; return its id."""
    from django.db import OperationalError, connections

    from bekal.core.errors import BekalError

    connections["default"].close()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = FAILED
    try:
        deed()
        status = 0
    except BekalError:
        status = REFUSED
    except OperationalError:
        status = LOST_DATABASE
    except BaseException:  # the parent learns it from the status
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(pid: int) -> int:
    """Wait for a process; its exit status, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_after(pid: int, seconds: float) -> bool:
    """Kill a process after a while; whether it was still there to be killed."""
    time.sleep(seconds)
    if os.waitpid(pid, os.WNOHANG)[0]:
        return False
    os.kill(pid, signal.SIGKILL)
    return ended(pid) == -signal.SIGKILL


def await_sessions(condition: str, *, some: bool) -> None:
    """Wait until some session of this database meets a condition, or none does any more."""
    from django.db import connection

    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {condition}")
            if bool(cursor.fetchone()[0]) is some:
                return
            time.sleep(0.01)
    raise Violated(f"waited for {'' if some else 'no '}session with {condition} in vain")


def require_exact(stage: Stage) -> None:
    """The audit finds nothing, and every rupiah of the wave is somewhere."""
    from bekal.ledger.audit import audit
    from bekal.ledger.queries import fund_position
    from bekal.programmes.models import Wave

    verdict = audit()
    stage.expect(verdict.exact, f"the audit found {verdict.findings[:3]}")
    for wave in Wave.objects.all():
        stage.expect(fund_position(wave.fund).is_exact, f"the identity of wave {wave.number} does not hold")


def require_revoked(stage: Stage, run: Any, *, people: int = PEOPLE, day: date = REVOKED_ON) -> None:
    """A finished revocation took everything from so many people, once, on its day."""
    from django.db.models import Sum

    from bekal.ledger.models import Balance, Transfer
    from bekal.participants.models import Bar, Enrolment, EnrolmentStatus

    run.refresh_from_db()
    rows = Transfer.objects.filter(run=run.pk)
    returned = rows.aggregate(total=Sum("amount_idr"))["total"] or 0
    found = (
        run.state, run.posted_count, run.posted_idr, rows.count(), returned,
        Enrolment.objects.filter(status=EnrolmentStatus.REVOKED).count(), Bar.objects.count(),
        set(Balance.objects.exclude(closed_on=None).values_list("closed_on", flat=True)) - {day},
        set(rows.values_list("posting_date", flat=True)) - {day},
    )  # fmt: skip
    total_idr = people * (TRAINING_IDR + INCENTIVE_IDR)
    wanted: tuple[Any, ...] = ("finished", 2 * people, total_idr, 2 * people, total_idr, people, people, set(), set())
    stage.expect(found == wanted, f"the revocation left {found}, not {wanted}")
    require_exact(stage)


def count_transfers() -> int:
    from bekal.ledger.models import Transfer

    return Transfer.objects.count()
