"""Runs with several workers, beside each other, and killed half-way: real threads, processes and commits."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from typing import Final
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from bekal.ledger.accounts import AccountKind, kind_of, training_account
from bekal.ledger.audit import audit
from bekal.ledger.models import Balance, Run, RunSkip, RunState, Transfer
from bekal.ledger.queries import available_idr, fund_position
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.services import returned_pool
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.purchases.services import buy_training
from bekal.treasury.services import propose_revocation
from tests.builders import (
    FIRST_PURCHASE_BY,
    TOTAL_IDR,
    TRAINING_IDR,
    GrantedWave,
    day_after,
    grant_wave,
    make_training,
    on,
)
from tests.ledger.chain import walk
from tests.ledger.kinds import LEVY
from tests.threads import race

LATER: Final = day_after(FIRST_PURCHASE_BY)
pytestmark = pytest.mark.usefixtures("committed_database", "test_kinds")


def approved_revocation(granted: GrantedWave) -> Run:
    return approve_run(run=propose_revocation(wave=granted.wave, proposer=granted.operator), approver=granted.approver)


def test_several_workers_on_one_run_post_it_once() -> None:
    granted = grant_wave(count=30)
    with on(LATER):
        run = approved_revocation(granted)
        judged: list[int] = []
        finished = race(*[lambda: post_run(run=run, progress=judged.append, chunk_owners=4)] * 4)
    assert {(run.state, run.posted_count, run.posted_idr) for run in finished} == {(RunState.FINISHED, 60, 30 * TOTAL_IDR)}
    assert sum(judged) == 60
    assert fund_position(granted.wave.fund).is_exact
    assert audit().exact


def test_two_runs_over_the_same_people_post_each_once() -> None:
    granted = grant_wave(count=30)
    with on(LATER):
        rivals = [approved_revocation(granted), approved_revocation(granted)]
        finished = race(*[lambda run=run: post_run(run=run, chunk_owners=4) for run in rivals])
    assert sum(run.posted_idr for run in finished) == 30 * TOTAL_IDR
    assert sum(run.posted_count for run in finished) == 60
    assert sum(run.skipped_count for run in finished) == 60
    assert set(RunSkip.objects.values_list("reason", flat=True)) == {"not_granted"}
    assert audit().exact


def test_overlapping_runs_and_purchases_do_not_deadlock() -> None:
    granted = grant_wave(count=20)
    day, price_idr = date(2021, 3, 2), 10_000
    training = make_training(price_idr)
    owners = [training_account(enrolment.number) for enrolment in granted.enrolments]
    with on(day):
        returned = returned_pool(fund=granted.wave.fund, day=day)
        levies = [
            approve_run(
                run=propose_run(
                    kind=LEVY.code,
                    fund=granted.wave.fund,
                    parameters={"owners": list(part), "amount_idr": 7, "decision": str(place)},
                    proposer=granted.operator,
                    returned=returned,
                ),
                approver=granted.approver,
            )
            for place, part in enumerate((owners, owners[5:], owners[:15], owners[::2]))
        ]

        def buy_for_all(order: list[Enrolment]) -> None:
            for enrolment in order:
                buy_training(enrolment=enrolment, training=training, price_idr=price_idr, request_key=uuid4())

        halves = granted.enrolments[:10][::-1], granted.enrolments[10:]
        results = race(
            *[lambda run=run: post_run(run=run, chunk_owners=3).posted_idr for run in levies],
            *[lambda half=half: buy_for_all(half) for half in halves],
        )
    assert results == [20 * 7, 15 * 7, 15 * 7, 10 * 7, None, None]
    assert sum(map(available_idr, owners)) == 20 * (TRAINING_IDR - price_idr) - 60 * 7
    walk()
    assert audit().exact


_WORKER: Final = """
import sys
import django
django.setup()
from bekal.ledger.models import Run
from bekal.ledger.runs.services import post_run
run = Run.objects.get(pk=int(sys.argv[1]))
post_run(run=run, progress=lambda judged: print(judged, flush=True), chunk_owners=6)
"""


def test_a_worker_killed_in_the_middle_of_a_chunk_is_succeeded(committed_database: str) -> None:
    granted = grant_wave(count=10)
    with on(LATER):
        run = approved_revocation(granted)
    blocked = granted.enrolments[7]
    with psycopg.connect(committed_database) as blocker:
        # The third chunk posts its transfers, then waits for this row to mark it as revoked: there the worker is killed.
        blocker.execute("SELECT FROM participants_enrolment WHERE id = %s FOR UPDATE", [blocked.pk])
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(run.pk)],
            env={
                **os.environ,
                "DATABASE_URL": committed_database,
                "DJANGO_SETTINGS_MODULE": "bekal.config.settings",
                "BEKAL_HOME": str(settings.BEKAL_HOME),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert worker.stdout is not None
            assert [worker.stdout.readline() for _ in range(2)] == ["6\n", "6\n"]
            _await(committed_database, "wait_event_type = 'Lock'", is_there=True)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
    _await(committed_database, "pid <> pg_backend_pid() AND query LIKE '%over AS%'", is_there=False)

    run.refresh_from_db()
    assert (run.state, run.posted_count, run.posted_idr) == (RunState.APPROVED, 12, 6 * TOTAL_IDR)
    assert Transfer.objects.filter(run=run.pk).count() == 12
    assert Enrolment.objects.filter(status=EnrolmentStatus.REVOKED).count() == 6
    assert fund_position(granted.wave.fund).is_exact
    assert audit().exact

    with on(LATER):
        finished = post_run(run=run, chunk_owners=6)
    assert (finished.state, finished.posted_count, finished.posted_idr) == (RunState.FINISHED, 20, 10 * TOTAL_IDR)
    assert Enrolment.objects.filter(status=EnrolmentStatus.REVOKED).count() == 10
    assert set(Balance.objects.exclude(closed_on=None).values_list("closed_on", flat=True)) == {LATER}
    assert Balance.objects.exclude(closed_on=None).count() == 20
    assert {kind_of(row.owner) for row in Balance.objects.exclude(closed_on=None)} == {
        AccountKind.TRAINING,
        AccountKind.INCENTIVE,
    }
    walk()
    assert audit().exact


def _await(address: str, condition: str, *, is_there: bool) -> None:
    """Wait until some session of this database is, or none is any more, in a state."""
    deadline = time.monotonic() + 30
    with psycopg.connect(address, autocommit=True) as watcher:
        while time.monotonic() < deadline:
            found = watcher.execute(f"SELECT FROM pg_stat_activity WHERE datname = current_database() AND {condition}").fetchall()
            if bool(found) is is_there:
                return
            time.sleep(0.02)
    pytest.fail(f"waited for {condition} in vain")
