"""The queue of jobs that post approved runs. It lies in the same database, so that approval and job are one transaction."""

from typing import Final

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

POST_TASK: Final = "ledger.post_run"


def enqueue(*, run: int) -> None:
    """Put a run into the queue in the caller's transaction; one that waits there already is left as it is."""
    # Of the jobs with one lock the workers do one at a time; with one queueing lock only one waits.
    lock = f"run/{run}"
    try:
        with transaction.atomic():
            app.configure_task(POST_TASK, queue="runs", lock=lock, queueing_lock=lock).defer(run=run)
    except AlreadyEnqueued:
        return


def enqueue_orphans() -> None:
    """Enqueue every approved run that no job stands for: its job failed for good, or somebody emptied the queue."""
    with connection.cursor() as cursor:
        cursor.execute(_ORPHANS_SQL, {"task": POST_TASK})
        orphans = [run for (run,) in cursor.fetchall()]
    for run in orphans:
        enqueue(run=run)


_ORPHANS_SQL: Final = """
    SELECT run.id
    FROM ledger_run AS run
    WHERE run.state = 'approved' AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.task_name = %(task)s AND job.status IN ('todo', 'doing') AND (job.args ->> 'run')::int = run.id
    )
    ORDER BY run.id
"""
