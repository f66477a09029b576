"""What waits in the queue, and since when."""

from dataclasses import replace

import pytest
from django.db import connection, transaction

from bekal.jobs import kinds
from bekal.jobs.kinds import register_job
from bekal.jobs.queue import enqueue, enqueue_due
from tests.jobs.counting import COUNT, KIND, add, add_row, empty_queue, jobs

pytestmark = pytest.mark.usefixtures("kind")


def test_a_job_is_of_the_transaction_that_enqueues_it() -> None:
    with transaction.atomic():
        add(1)
        assert jobs(1) == [("todo", 0)]
        # What a crash before the commit does.
        transaction.set_rollback(True)
    assert jobs(1) == []
    add(1)
    assert jobs(1) == [("todo", 0)]


def test_a_job_about_one_row_waits_once() -> None:
    add(1)
    enqueue(job=COUNT, subject=1)
    enqueue_due()
    add(2)
    assert (jobs(1), jobs(2)) == ([("todo", 0)], [("todo", 0)])


def test_a_job_that_waits_already_does_no_harm_to_the_transaction() -> None:
    add(1)
    with transaction.atomic():
        enqueue(job=COUNT, subject=1)
        add(2)
    assert (jobs(1), jobs(2)) == ([("todo", 0)], [("todo", 0)])


def test_what_is_due_and_has_no_job_is_found() -> None:
    add_row(1)
    add_row(2, wanted=0)
    add(3)
    empty_queue()
    enqueue_due()
    assert (jobs(1), jobs(2), jobs(3)) == ([("todo", 0)], [], [("todo", 0)])


def test_a_job_that_failed_for_good_counts_as_none() -> None:
    add(1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 8")
    enqueue_due()
    assert jobs(1) == [("failed", 8), ("todo", 0)]


def test_a_job_in_hand_is_not_enqueued_again_as_due() -> None:
    add(1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    enqueue_due()
    assert jobs(1) == [("doing", 0)]


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match=r"tests\.count"):
        register_job(KIND)


def test_while_a_worker_runs_only_kinds_that_are_watched_are_looked_for() -> None:
    add_row(1)
    enqueue_due(watched_only=True)
    assert jobs(1) == []
    kinds._KINDS[COUNT] = replace(KIND, is_watched=True)
    enqueue_due(watched_only=True)
    assert jobs(1) == [("todo", 0)]
