"""The worker: does the jobs in the queue until it is told to end."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final, cast

from django.db import DatabaseError, InterfaceError, connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from bekal.jobs.errors import QueueAway
from bekal.jobs.queue import enqueue_due

_log: Final = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 2.0
WATCH_BEATS: Final = 2
"""After so many heartbeats each a worker looks for what is due of the kinds that are watched."""
SILENCE_SECONDS: Final = 15.0
"""After that long without a heartbeat a worker counts as dead, and others take its job."""


@dataclass(slots=True)
class Worked:
    """What a worker did: what the jobs that reached their end had to tell, and how many times a job failed."""

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
    for beat in count(1):
        if parent is not None and os.getppid() != parent:
            break
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            await _take_over()
            if beat % WATCH_BEATS == 0:
                await asyncio.to_thread(_look_for_due)
        except ConnectorException:
            # The worker's own heartbeat meets the same and ends it, or the database is back.
            continue
    os.kill(os.getpid(), signal.SIGTERM)


def _look_for_due() -> None:
    """In a thread of its own, whose connection nobody else has."""
    try:
        enqueue_due(watched_only=True)
    except (DatabaseError, InterfaceError) as error:
        # As with the take-over: the worker's own heartbeat meets the same, or the database is back.
        _log.warning("what is due could not be looked for: %s", type(error).__name__)
    finally:
        connection.close()


async def _take_over() -> None:
    """Put the jobs of dead workers back into the queue."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_SECONDS):
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:
            # Another worker was faster.
            continue
