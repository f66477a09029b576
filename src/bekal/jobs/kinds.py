"""What kinds of background work there are, and how a job is done. The rooms above register theirs."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from bekal.core import clock

MAX_ATTEMPTS: Final = 8
_BACKOFF_BASE_SECONDS: Final = 2

Pause = Callable[[], None]
"""To be called between two pieces of work, each committed: ends the job there if the worker was told to end."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of background work. A job is about one row of the room that registers it.

    Attributes:
        name: stable, as it is stored in the queue: `room.deed`.
        work: does the work for the row with this id, from wherever an earlier attempt ended, and returns what is to be told of
            it, if anything. It may be done again at any time, also beside itself, and must then change nothing twice. An
            exception that it raises is logged, and the job is tried again.
        due_sql: a SELECT of the ids of all rows for which this work is not done yet. A worker that starts enqueues those that no
            job is about: its job failed for good, or somebody emptied the queue.
        is_watched: whether a running worker looks for what is due every few seconds too, for work that falls due without
            anybody who could enqueue it. Its `due_sql` must be quick.
    """

    name: str
    work: Callable[[int, Pause], object]
    due_sql: str
    is_watched: bool = False


_KINDS: Final[dict[str, JobKind]] = {}


def register_job(kind: JobKind) -> None:
    """Make a kind of job known; called when the registering room's app is ready."""
    if kind.name in _KINDS:
        raise ValueError(f"job {kind.name} is registered twice")
    _KINDS[kind.name] = kind
    app.task(name=kind.name, pass_context=True, retry=_Retry())(_perform)


def job_kinds() -> Iterable[JobKind]:
    """Every registered kind."""
    return _KINDS.values()


class _Retry(BaseRetryStrategy):
    """At once where the worker was told to end; after 2, 4, 8 … seconds where the job failed, eight times at most."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= MAX_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": _BACKOFF_BASE_SECONDS ** (job.attempts + 1)})


def _perform(context: JobContext, *, subject: int) -> None:
    """Do a job to its end, or to the end of the piece of work in which the worker is told to end."""

    def pause_if_told() -> None:
        if context.should_abort():
            raise JobAborted

    name, worked = context.job.task_name, context.additional_context["worked"]
    try:
        # A demo's clock may have moved since the worker started.
        with clock.pinned():
            done = _KINDS[name].work(subject, pause_if_told)
    except JobAborted:
        raise
    except Exception:
        worked.failures += 1
        _log.exception("The job %s of %s did not come to its end; what it did so far is kept.", name, subject)
        raise
    finally:
        # The connection belongs to this thread, which may not be the next job's.
        connection.close()
    if done is not None:
        worked.done.append(done)
        worked.on_done(done)
