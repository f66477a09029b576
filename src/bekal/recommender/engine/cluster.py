"""`recommend_batch` on several machines, by partition of people: the optional extra `bekal[cluster]` (Dask).

One machine scores millions of people a minute, so this is for more than that, or for a cluster that is there anyway. What one
gets depends on nobody else, so the result is equal to the bit, however many workers and partitions there are.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.batch import Batch, recommend_batch
from bekal.recommender.engine.choosing import Choosing
from bekal.recommender.engine.data import Catalogue, Demographics, Interactions
from bekal.recommender.engine.tables import Tables

if TYPE_CHECKING:
    from distributed import Client


def recommend_on_cluster(
    client: Client,
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balances_idr: ArrayLike,
    allowed: NDArray[np.bool_],
    top: int = 10,
    choosing: Choosing,
    partition_people: int = 250_000,
) -> Batch:
    """What `recommend_batch` gives, from the workers of a Dask cluster; the model is sent to each once.

    Args:
        client: of a running cluster whose workers have this version of Bekal. Each task runs in one thread.
        partition_people: how many people are one task, 1 or more.
        Others: as for `recommend_batch`.

    Raises:
        ValueError: as for `recommend_batch`; a partition of nobody.
    """
    if partition_people < 1:
        raise ValueError(f"partition_people must be 1 or more, not {partition_people}")
    people = demographics.people_count
    balances = frozen_integers(balances_idr, np.int64, axes=1, name="balances_idr")
    if not people == histories.people_count == balances.size:
        raise ValueError("demographics, histories and balances_idr must be of the same people")
    model = client.scatter(tables, broadcast=True, hash=False)
    tasks = []
    for first in range(0, max(people, 1), partition_people):
        rows = np.arange(first, min(first + partition_people, people))
        tasks.append(
            client.submit(
                recommend_batch,
                model,
                demographics.rows(rows),
                histories.rows(rows),
                catalogue=catalogue,
                balances_idr=balances[rows],
                allowed=allowed,
                top=top,
                choosing=choosing,
                threads=1,
                pure=False,
            )
        )
    parts = client.gather(tasks)
    return Batch(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Batch)))
