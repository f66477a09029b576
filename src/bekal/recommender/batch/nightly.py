"""The nightly batch: what fits every active participant, in chunks, each one transaction that moves the cursor.

A crash at any point resumes where the last chunk ended; a second process on the same run waits its turn.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from bekal.core import clock
from bekal.core.statistics import refresh_statistics
from bekal.recommender.engine import UNKNOWN
from bekal.recommender.engine.batch import Batch, recommend_batch
from bekal.recommender.errors import NoModel
from bekal.recommender.models import BatchResult, BatchRun, Publication
from bekal.recommender.serving.active import Chunk, count_active, read_active
from bekal.recommender.serving.offer import Offer, current_offer
from bekal.recommender.serving.published import Serving, load

CHUNK_PEOPLE: Final = 20_000
TOP: Final = 10

_COPY_SQL: Final = """
    COPY recommender_batchresult (run_id, enrolment_id, balance_idr, trainings, bundle, bundle_price_idr) FROM STDIN
"""


def left_to_do(run: BatchRun) -> int:
    """How many active participants a run has not come to."""
    return count_active(day=run.day, after=run.last_enrolment)


@transaction.atomic
def open_run() -> BatchRun:
    """Today's run with the published model: the one that was begun and not finished, or a new one.

    Raises:
        NoModel: nothing is published.
    """
    published = Publication.objects.select_related("model").order_by("-pk").first()
    if published is None:
        raise NoModel
    day = clock.today()
    begun = BatchRun.objects.filter(model=published.model, day=day, finished_at=None).order_by("-pk").first()
    return begun or BatchRun.objects.create(model=published.model, day=day, started_at=clock.now())


def finish_run(*, run: BatchRun, progress: Callable[[int], None] = lambda _: None) -> BatchRun:
    """Compute what fits everybody whom a run has not come to, and drop the results of earlier runs once it is complete.

    Args:
        progress: told the number of people, after each chunk.

    Raises:
        ModelFileUnusable: the model's file is gone or was changed.
    """
    serving = load(run.model)
    while (done := _next_chunk(run=run, serving=serving)) is not None:
        progress(done)
    return BatchRun.objects.select_related("model").get(pk=run.pk)


@transaction.atomic
def _next_chunk(*, run: BatchRun, serving: Serving) -> int | None:
    """Do the next chunk and return how many people it was; None when the run is finished."""
    run = BatchRun.objects.select_for_update().get(pk=run.pk)
    if run.finished_at is not None:
        return None
    offer = current_offer(serving.manifest.item_codes)
    chunk = read_active(
        day=run.day, after=run.last_enrolment, limit=CHUNK_PEOPLE, attributes=serving.model.attributes, offer=offer
    )
    if not chunk.enrolments:
        run.finished_at = clock.now()
        run.save(update_fields=["finished_at"])
        BatchResult.objects.filter(run__lt=run.pk).delete()
        refresh_statistics("recommender_batchresult", rows=run.people)
        return None
    found = recommend_batch(
        serving.model.tables,
        chunk.demographics,
        chunk.histories,
        catalogue=offer.catalogue,
        balances_idr=chunk.balances_idr,
        allowed=offer.allowed,
        top=TOP,
        choosing=serving.choosing,
    )
    _write(run=run, chunk=chunk, found=found, offer=offer)
    run.last_enrolment = chunk.enrolments[-1]
    run.people += len(chunk.enrolments)
    run.save(update_fields=["last_enrolment", "people"])
    return len(chunk.enrolments)


def _write(*, run: BatchRun, chunk: Chunk, found: Batch, offer: Offer) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY_SQL) as copy:
        for row, enrolment in enumerate(chunk.enrolments):
            copy.write_row(
                (
                    run.pk,
                    enrolment,
                    int(chunk.balances_idr[row]),
                    _array(found.items[row], offer.keys),
                    _array(found.bundles[row], offer.keys),
                    int(found.bundle_prices_idr[row]),
                )
            )


def _array(items: NDArray[np.int32], keys: NDArray[np.int64]) -> str:
    return f"{{{','.join(map(str, keys[items[items != UNKNOWN]].tolist()))}}}"
