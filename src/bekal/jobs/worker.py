"""The worker: does the jobs in the queue until it is told to end."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from bekal.jobs.errors import QueueAway
from bekal.jobs.queue import enqueue_due

HEARTBEAT_SECONDS: Final = 2.0
SILENCE_SECONDS: Final = 15.0
"""After that long without a heartbeat a worker counts as dead, and others take its job."""


@dataclass(slots=True)
class Worked:
    """What a worker did: what the jobs returned that reached their end, and how many times a job failed."""

    on_done: Callable[[object], None]
    done: list[object] = field(default_factory=list)
    failures: int = 0


def run_worker(*, once: bool, on_done: Callable[[object], None], parent: int | None = None) -> Worked:
    """Do what is in the queue, and take over what dead workers left.

    SIGTERM and SIGINT end it after the piece of work in hand; the job then waits for another worker. To be called in a process's
    main thread, outside any transaction.

    Args:
        once: end when nothing waits any more.
        on_done: told what each job returned that reached its end.
        parent: the id of the process that started this one; the worker ends when that has ended.

    Raises:
        QueueAway: the database went away.
    """
    enqueue_due()
    # This thread only waits from now on.
    connection.close()
    worked = Worked(on_done=on_done)
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    try:
        with app.replace_connector(connector):
            asyncio.run(_work(once=once, worked=worked, parent=parent))
    except ConnectorException as error:
        raise QueueAway(reason=str(error.__cause__ or error).strip()) from error
    return worked


async def _work(*, once: bool, worked: Worked, parent: int | None) -> None:
    async with app.open_async():
        await _take_over()
        watch = asyncio.create_task(_watch(parent=parent))
        try:
            await app.run_worker_async(
                wait=not once,
                # A job asks between its pieces of work whether it shall end.
                shutdown_graceful_timeout=0,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENCE_SECONDS,
                additional_context={"worked": worked},
            )
        finally:
            watch.cancel()


async def _watch(*, parent: int | None) -> None:
    while parent is None or os.getppid() == parent:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            await _take_over()
        except ConnectorException:
            # The worker's own heartbeat meets the same and ends it, or the database is back.
            continue
    os.kill(os.getpid(), signal.SIGTERM)


async def _take_over() -> None:
    """Put the jobs of dead workers back into the queue."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_SECONDS):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:
            # Another worker was faster.
            continue
