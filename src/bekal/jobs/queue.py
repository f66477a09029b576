"""The queue of jobs. It is a table of the same database, so that a job and what it is about are one transaction."""

from typing import Final

from django.db import connection, transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from bekal.jobs.kinds import job_kinds

# Always by Django's connection, in a job of a worker too, whose own connector is another: its transaction is the caller's.
_MANAGER: Final = JobManager(DjangoConnector())


def enqueue(*, job: str, subject: int) -> None:
    """Put a job into the queue in the caller's transaction; one that waits there already is left as it is.

    Args:
        job: the name of a registered kind.
        subject: the id of the row that it is about. Of the jobs about one row only one is done at a time.
    """
    # Of the jobs with one lock the workers do one at a time; with one queueing lock only one waits.
    lock = f"{job}/{subject}"
    try:
        with transaction.atomic():
            configure_task(name=job, job_manager=_MANAGER, lock=lock, queueing_lock=lock).defer(subject=subject)
    except AlreadyEnqueued:
        return


def enqueue_due(*, watched_only: bool = False) -> None:
    """Enqueue whatever is due and has no job; of all kinds, or of those that are watched."""
    for kind in job_kinds():
        if watched_only and not kind.is_watched:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT due.id FROM ({kind.due_sql}) AS due (id) WHERE NOT EXISTS ("
                " SELECT FROM procrastinate_jobs AS job WHERE job.task_name = %(job)s AND job.status IN ('todo', 'doing')"
                " AND (job.args ->> 'subject')::bigint = due.id"
                ") ORDER BY due.id",
                {"job": kind.name},
            )
            orphans = [subject for (subject,) in cursor.fetchall()]
        for subject in orphans:
            enqueue(job=kind.name, subject=subject)
