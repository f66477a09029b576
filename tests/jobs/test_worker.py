"""The worker: what it does with jobs, and real processes of it that are killed, told to end and succeeded."""

import signal
import time
from datetime import UTC, datetime

import pytest
from django.db import connection

from bekal.jobs.worker import SILENCE_SECONDS, Worked, run_worker
from tests.jobs.counting import CHAINED, COUNT, add, add_row, counted, failing, jobs
from tests.jobs.workers import PATIENCE_SECONDS, Worker, await_true, ending, silence, start_worker

pytestmark = pytest.mark.usefixtures("kind")


def work_off() -> Worked:
    return run_worker(once=True, on_done=lambda _: None)


def start(address: str, *, once: bool = False) -> Worker:
    return start_worker(address, prepare="from tests.jobs import counting; counting.register()", once=once)


def has_a_worker() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        return bool(cursor.fetchone()[0])


def seconds_until_next(subject: int) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at FROM procrastinate_jobs WHERE (args ->> 'subject')::bigint = %s", [subject])
        (scheduled_at,) = cursor.fetchone()
    return float((scheduled_at - datetime.now(UTC)).total_seconds())


class TestWork:
    def test_is_done_to_its_end_and_told(self) -> None:
        add(1)
        add(2, wanted=5)
        told: list[object] = []
        worked = run_worker(once=True, on_done=told.append)
        assert (worked.done, worked.failures) == (["counted 1", "counted 2"], 0)
        assert told == worked.done
        assert (counted(1), counted(2), jobs(1), jobs(2)) == (3, 5, [], [])
        assert work_off().done == []

    def test_that_is_due_without_a_job_is_done_by_a_worker_that_starts(self) -> None:
        add_row(1)
        assert work_off().done == ["counted 1"]

    def test_that_fails_is_logged_and_tried_again_later(self, caplog: pytest.LogCaptureFixture) -> None:
        add(1)
        add(2)
        failing.add(1)
        worked = work_off()
        assert (worked.done, worked.failures) == (["counted 2"], 1)
        assert "division by zero" in caplog.text
        assert f"The job {COUNT} of 1" in caplog.text
        assert (jobs(1), jobs(2)) == ([("todo", 1)], [])
        assert 0 < seconds_until_next(1) <= 2
        assert work_off().failures == 0

    @pytest.mark.parametrize("attempts", [1, 6])
    def test_that_fails_again_waits_twice_as_long(self, attempts: int) -> None:
        add(1)
        failing.add(1)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET attempts = %s", [attempts])
        assert work_off().failures == 1
        assert jobs(1) == [("todo", attempts + 1)]
        assert 2**attempts < seconds_until_next(1) <= 2 ** (attempts + 1)

    def test_that_fails_for_the_last_time_is_left_to_the_next_worker(self) -> None:
        add(1)
        failing.add(1)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET attempts = 7")
        assert work_off().failures == 1
        assert jobs(1) == [("failed", 8)]
        failing.clear()
        assert work_off().done == ["counted 1"]
        assert counted(1) == 3


class TestProcesses:
    @pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
    def test_a_worker_told_to_end_ends_after_its_piece_of_work(self, kind: str, told: signal.Signals) -> None:
        add(1, wanted=1_000_000)
        worker = start(kind)
        with ending(worker):
            await_true(lambda: counted(1) > 0)
            worker.send_signal(told)
            assert worker.wait(PATIENCE_SECONDS) == 0
            assert worker.stdout is not None
            assert worker.stdout.read().split() == ["0", "0"]
        assert jobs(1) == [("todo", 1)]
        assert not has_a_worker()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE counting SET wanted = counted + 2")
        before = counted(1)
        assert work_off().done == ["counted 1"]
        assert counted(1) == before + 2

    def test_a_killed_worker_is_succeeded_by_one_that_starts(self, kind: str) -> None:
        add(1, wanted=1_000_000)
        worker = start(kind)
        with ending(worker):
            await_true(lambda: counted(1) > 0)
            worker.kill()
            worker.wait()
        assert jobs(1) == [("doing", 0)]
        with connection.cursor() as cursor:
            cursor.execute("UPDATE counting SET wanted = counted + 2")
        assert work_off().done == []
        silence(kind)
        assert work_off().done == ["counted 1"]
        assert jobs(1) == []

    def test_a_running_worker_finds_what_fell_due_without_a_job(self, kind: str) -> None:
        prepare = "from tests.jobs import counting; counting.register(is_watched=True)"
        worker = start_worker(kind, prepare=prepare)
        with ending(worker):
            await_true(has_a_worker)
            add_row(1)
            await_true(lambda: counted(1) == 3)
            # A job that its own work enqueues is of the work's transaction: the first one was undone.
            add_row(CHAINED)
            await_true(lambda: counted(CHAINED + 1) == 3)
            assert (counted(CHAINED), jobs(CHAINED + 2)) == (3, [])

    @pytest.mark.slow
    def test_a_living_worker_takes_over_from_a_killed_one(self, kind: str) -> None:
        add(1, wanted=1_000_000)
        first = start(kind)
        with ending(first):
            await_true(lambda: counted(1) > 0)
            second = start(kind)
            with ending(second):
                time.sleep(1)
                first.kill()
                first.wait()
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE counting SET wanted = counted + 2")
                started = time.monotonic()
                await_true(lambda: jobs(1) == [])
                assert time.monotonic() - started < 2 * SILENCE_SECONDS
                second.terminate()
                assert second.wait(PATIENCE_SECONDS) == 0
                assert second.stdout is not None
                assert second.stdout.read().split() == ["1", "0"]
