"""A kind of job for these tests alone: its row counts up, one committed step at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from django.db import connection, transaction
from procrastinate.contrib.django import app

from bekal.jobs import kinds
from bekal.jobs.kinds import JobKind, Pause, register_job
from bekal.jobs.queue import enqueue

COUNT: Final = "tests.count"


failing: Final[set[int]] = set()
"""The rows whose jobs fail."""


CHAINED: Final = 1_000
"""The row whose work adds the next one with its job, and one that is undone."""


def _count(subject: int, pause: Pause) -> str:
    if subject in failing:
        raise ZeroDivisionError("division by zero")
    while _step(subject):
        pause()
    if subject == CHAINED:
        add(CHAINED + 1)
        with transaction.atomic():
            enqueue(job=COUNT, subject=CHAINED + 2)
            transaction.set_rollback(True)
    return f"counted {subject}"


def _step(subject: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE counting SET counted = counted + 1 WHERE id = %s AND counted < wanted", [subject])
        return bool(cursor.rowcount)


KIND: Final = JobKind(name=COUNT, work=_count, due_sql="SELECT id FROM counting WHERE counted < wanted")


def register(*, is_watched: bool = False) -> None:
    register_job(replace(KIND, is_watched=is_watched))


@contextmanager
def registered() -> Iterator[None]:
    """The kind, known for the length of a block, and an empty table for it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE counting (id bigint PRIMARY KEY, wanted integer, counted integer DEFAULT 0)")
    register()
    try:
        yield
    finally:
        failing.clear()
        del kinds._KINDS[COUNT]
        del app.tasks[COUNT]


def add_row(subject: int, *, wanted: int = 3) -> int:
    """Add a row that no job is about."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO counting (id, wanted) VALUES (%s, %s)", [subject, wanted])
    return subject


def add(subject: int, *, wanted: int = 3) -> int:
    """Add a row and enqueue its job."""
    enqueue(job=COUNT, subject=add_row(subject, wanted=wanted))
    return subject


def counted(subject: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT counted FROM counting WHERE id = %s", [subject])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def jobs(subject: int) -> list[tuple[str, int]]:
    """State and attempts of the jobs about a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, attempts FROM procrastinate_jobs"
            " WHERE task_name = %s AND (args ->> 'subject')::bigint = %s ORDER BY id",
            [COUNT, subject],
        )
        return [(status, attempts) for status, attempts in cursor.fetchall()]


def empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
