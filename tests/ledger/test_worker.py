"""Approved runs posted in the background by real processes, which are killed, told to end, doubled and resumed."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import psycopg
import pytest
from django.db import connection, transaction

from bekal.core.errors import Refused
from bekal.jobs.queue import enqueue_due
from bekal.jobs.worker import Worked, run_worker
from bekal.ledger.accounts import training_account
from bekal.ledger.audit import audit
from bekal.ledger.models import Run, RunState, Transfer
from bekal.ledger.queries import available_idr, fund_position
from bekal.ledger.runs import kinds
from bekal.ledger.runs import services as runs
from bekal.ledger.runs.kinds import RunKind
from bekal.ledger.runs.services import approve_run, cancel_run, post_run
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.treasury.services import propose_revocation
from tests.builders import FIRST_PURCHASE_BY, TOTAL_IDR, GrantedWave, day_after, grant_wave, on
from tests.jobs import workers as jobs_workers
from tests.jobs.workers import PATIENCE_SECONDS, Worker, ending, silence
from tests.ledger.chain import walk

LATER: Final = day_after(FIRST_PURCHASE_BY)
pytestmark = pytest.mark.usefixtures("committed_database")


def approved_revocation(granted: GrantedWave) -> Run:
    with on(LATER):
        return approve_run(run=propose_revocation(wave=granted.wave, proposer=granted.operator), approver=granted.approver)


def start_worker(address: str, *, chunk_owners: int, once: bool = False) -> Worker:
    """Start a worker that posts in small chunks."""
    prepare = f"from bekal.ledger.runs import services; services.CHUNK_OWNERS = {chunk_owners}"
    return jobs_workers.start_worker(address, prepare=prepare, once=once)


def work_off() -> Worked:
    return run_worker(once=True, on_done=lambda _: None)


def jobs(run: Run) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts FROM procrastinate_jobs WHERE (args ->> 'subject')::int = %s", [run.pk])
        return [(status, attempts) for status, attempts in cursor.fetchall()]


def empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def await_state(run: Run, wanted: Callable[[Run], bool]) -> Run:
    """The run, once it is as wanted."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if wanted(run):
            return run
        time.sleep(0.02)
    pytest.fail(f"waited in vain: {run.state}, {run.posted_count} posted")


def is_finished(run: Run) -> bool:
    return run.state == RunState.FINISHED


def require_all_returned_once(granted: GrantedWave, run: Run) -> None:
    people = len(granted.enrolments)
    run.refresh_from_db()
    assert (run.state, run.posted_count, run.posted_idr) == (RunState.FINISHED, 2 * people, people * TOTAL_IDR)
    assert Transfer.objects.filter(run=run.pk).count() == 2 * people
    assert Enrolment.objects.filter(status=EnrolmentStatus.REVOKED).count() == people
    position = fund_position(granted.wave.fund)
    assert position.is_exact
    assert position.training.returned_idr + position.incentive.returned_idr == people * TOTAL_IDR
    walk()
    assert audit().exact


class TestQueue:
    def test_an_approval_enqueues_in_its_own_transaction(self) -> None:
        granted = grant_wave(count=1)
        empty_queue()
        with on(LATER):
            run = propose_revocation(wave=granted.wave, proposer=granted.operator)
            with transaction.atomic():
                approve_run(run=run, approver=granted.approver)
                assert jobs(run) == [("todo", 0)]
                # What a crash before the commit does.
                transaction.set_rollback(True)
            run.refresh_from_db()
            assert (run.state, jobs(run)) == (RunState.PROPOSED, [])
            approve_run(run=run, approver=granted.approver)
        assert jobs(run) == [("todo", 0)]

    def test_a_refused_approval_enqueues_nothing(self) -> None:
        granted = grant_wave(count=1)
        with on(LATER):
            run = cancel_run(run=propose_revocation(wave=granted.wave, proposer=granted.operator), actor=granted.operator)
            with pytest.raises(Refused):
                approve_run(run=run, approver=granted.approver)
        assert jobs(run) == []

    def test_an_approved_run_is_never_cancelled_while_it_posts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        granted = grant_wave(count=3)
        run = approved_revocation(granted)
        monkeypatch.setattr(runs, "CHUNK_OWNERS", 2)
        refused = 0

        def try_to_cancel(_: int) -> None:
            nonlocal refused
            with pytest.raises(Refused) as caught:
                cancel_run(run=run, actor=granted.approver)
            refused += caught.value.code == "run_state_wrong"

        post_run(run=run, progress=try_to_cancel)
        assert refused == 3
        require_all_returned_once(granted, run)

    def test_an_approved_run_without_a_job_is_found(self) -> None:
        granted = grant_wave(count=1)
        run = approved_revocation(granted)
        finished = approved_revocation(grant_wave(count=1, number=13))
        post_run(run=finished)
        empty_queue()
        enqueue_due()
        assert (jobs(run), jobs(finished)) == ([("todo", 0)], [])

    def test_a_worker_posts_what_waits_and_ends(self) -> None:
        granted = grant_wave(count=3)
        run = approved_revocation(granted)
        told: list[object] = []
        worked = run_worker(once=True, on_done=told.append)
        assert (worked.done[-1:], told[-1:], worked.failures) == ([run], [run], 0)
        require_all_returned_once(granted, run)
        assert jobs(run) == []
        assert work_off().done == []


def break_revocation(monkeypatch: pytest.MonkeyPatch) -> RunKind:
    """Let every chunk of a revocation fail at its end; gives the kind as it was."""
    sound = kinds.run_kind("revocation")
    monkeypatch.setitem(kinds._KINDS, sound.code, replace(sound, after_sql="SELECT 1 / 0"))
    return sound


class TestFailure:
    def test_for_the_last_time_leaves_the_run_to_the_next_worker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        granted = grant_wave(count=2)
        run = approved_revocation(granted)
        sound = break_revocation(monkeypatch)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET attempts = 7 WHERE (args ->> 'subject')::int = %s", [run.pk])
        assert work_off().failures == 1
        assert jobs(run) == [("failed", 8)]
        run.refresh_from_db()
        assert (run.state, run.posted_count) == (RunState.APPROVED, 0)
        monkeypatch.setitem(kinds._KINDS, "revocation", sound)
        assert work_off().done == [run]
        require_all_returned_once(granted, run)


_CUT_SQL: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%%ledger_run%%' AND pid NOT IN (pg_backend_pid(), %s)
"""


class TestProcesses:
    def test_a_worker_killed_at_random_moments_is_succeeded(self, committed_database: str) -> None:
        granted = grant_wave(count=600)
        run = approved_revocation(granted)
        chance = random.Random(20210930)
        for _ in range(3):
            silence(committed_database)
            worker = start_worker(committed_database, chunk_owners=10)
            with ending(worker):
                before = run.posted_count
                await_state(run, lambda run, before=before: run.posted_count > before or is_finished(run))  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.1))
                worker.kill()
            run.refresh_from_db()
        assert run.state == RunState.APPROVED
        assert 0 < run.posted_count < 1_200
        silence(committed_database)
        last = start_worker(committed_database, chunk_owners=10, once=True)
        with ending(last):
            assert last.wait(PATIENCE_SECONDS) == 0
        require_all_returned_once(granted, run)
        assert jobs(run) == []

    def test_a_worker_told_to_end_ends_after_its_chunk(self, committed_database: str) -> None:
        granted = grant_wave(count=400)
        run = approved_revocation(granted)
        worker = start_worker(committed_database, chunk_owners=4)
        with ending(worker):
            await_state(run, lambda run: run.posted_count > 0)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(PATIENCE_SECONDS) == 0
            assert worker.stdout is not None
            failures = worker.stdout.read().split()[1]
        run.refresh_from_db()
        assert (run.state, failures) == (RunState.APPROVED, "0")
        assert 0 < run.posted_count < 800
        assert jobs(run) == [("todo", 1)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_workers")
            assert cursor.fetchone() == (0,)
        work_off()
        require_all_returned_once(granted, run)

    def test_two_workers_and_a_third_in_the_foreground_post_a_run_once(
        self, committed_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        granted = grant_wave(count=200)
        monkeypatch.setattr(runs, "CHUNK_OWNERS", 4)
        run = approved_revocation(granted)
        workers = [start_worker(committed_database, chunk_owners=4) for _ in range(2)]
        with ending(*workers):
            await_state(run, lambda run: run.posted_count > 0)
            # A second job for the same run, as if its lock did not exist.
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                    " VALUES ('default', 'ledger.post_run', jsonb_build_object('subject', %s::int))",
                    [run.pk],
                )
            post_run(run=run)
            await_state(run, is_finished)
            for worker in workers:
                worker.terminate()
                assert worker.wait(PATIENCE_SECONDS) == 0
        require_all_returned_once(granted, run)

    @pytest.mark.slow
    def test_overlapping_runs_take_no_rupiah_twice(self, committed_database: str) -> None:
        granted = grant_wave(count=150)
        rivals = [approved_revocation(granted) for _ in range(3)]
        workers = [start_worker(committed_database, chunk_owners=6) for _ in range(3)]
        with ending(*workers):
            for rival in rivals:
                await_state(rival, is_finished)
            for worker in workers:
                worker.terminate()
                assert worker.wait(PATIENCE_SECONDS) == 0
                assert worker.stdout is not None
                assert worker.stdout.read().split()[1] == "0"
        assert sum(run.posted_idr for run in rivals) == 150 * TOTAL_IDR
        assert sum(run.posted_count for run in rivals) == sum(run.skipped_count for run in rivals) / 2 == 300
        assert {available_idr(training_account(person.number)) for person in granted.enrolments} == {0}
        walk()
        assert audit().exact

    @pytest.mark.slow
    def test_a_worker_whose_connection_is_cut_goes_on(self, committed_database: str) -> None:
        granted = grant_wave(count=300)
        run = approved_revocation(granted)
        worker = start_worker(committed_database, chunk_owners=4)
        with ending(worker):
            await_state(run, lambda run: run.posted_count > 0)
            with psycopg.connect(committed_database, autocommit=True) as knife:
                while not knife.execute(_CUT_SQL, [connection.connection.info.backend_pid]).fetchall():
                    time.sleep(0.001)
            await_state(run, is_finished)
            worker.terminate()
            assert worker.wait(PATIENCE_SECONDS) == 0
            assert worker.stderr is not None
            assert "terminating connection" in worker.stderr.read()
        require_all_returned_once(granted, run)
