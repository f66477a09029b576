"""What the worker does with a job: it posts the job's run."""

import logging
from typing import Final

from django.db import connection
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from bekal.core import clock
from bekal.ledger.models import Run
from bekal.ledger.runs.queue import POST_TASK
from bekal.ledger.runs.services import post_run

MAX_ATTEMPTS: Final = 8
_BACKOFF_BASE_SECONDS: Final = 2

_log = logging.getLogger(__name__)


class Retry(BaseRetryStrategy):
    """At once where the worker was told to end; after 2, 4, 8 … seconds where the job failed, eight times at most."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= MAX_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": _BACKOFF_BASE_SECONDS ** (job.attempts + 1)})


@app.task(name=POST_TASK, pass_context=True, retry=Retry())
def post_in_background(context: JobContext, *, run: int) -> None:
    """Post an approved run to its end, or to the end of the chunk in which the worker is told to end."""

    def pause_if_told(_: int) -> None:
        if context.should_abort():
            raise JobAborted

    worked = context.additional_context["worked"]
    try:
        # A demo's clock may have moved since the worker started.
        with clock.pinned():
            posted = post_run(run=Run(pk=run), progress=pause_if_told)
    except JobAborted:
        raise
    except Exception:
        worked.failures += 1
        _log.exception("Run %s was not posted to its end; it stays approved and resumes.", run)
        raise
    finally:
        # The connection belongs to this thread, which may not be the next job's.
        connection.close()
    worked.posted.append(posted)
    worked.on_posted(posted)
