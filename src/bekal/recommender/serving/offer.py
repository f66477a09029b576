"""A model's catalogue as it is now: today's prices, what is open, what has a seat left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from bekal.recommender.engine import Catalogue
from bekal.recommender.serving.topics import topics_of

# Every request reads all of it: the ORM would take as long again.
_OFFER_SQL: Final = """
SELECT code, id, price_idr, title, is_open AND seats_left IS DISTINCT FROM 0 FROM catalogue_training
"""


@dataclass(frozen=True, eq=False)
class Offer:
    """A model's catalogue as it is now.

    Attributes:
        catalogue: today's prices; topics and levels as the titles of today say.
        allowed: bool[items], what can be bought: open, with a seat left.
        keys: int64[items], the primary key of each training, 0 where it is gone.
    """

    catalogue: Catalogue
    allowed: NDArray[np.bool_]
    keys: NDArray[np.int64]

    def items_of(self, keys: Iterable[int]) -> list[int]:
        """The items with these primary keys, in their order; what the model does not know is left out."""
        return [self._items[key] for key in keys if key in self._items]

    @cached_property
    def _items(self) -> Mapping[int, int]:
        return {key: item for item, key in enumerate(self.keys.tolist()) if key}


def current_offer(codes: Sequence[str]) -> Offer:
    """The trainings with these codes as they are now, in one query. One that is gone costs 0 and is not allowed.

    Args:
        codes: ascending, as in a model's manifest.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OFFER_SQL)
        today = {row[0]: row for row in cursor.fetchall()}
    gone = ("", 0, 0, "", False)
    rows = [today.get(code, gone) for code in codes]
    topics, levels = topics_of(tuple(row[3] for row in rows))
    return Offer(
        catalogue=Catalogue(
            codes=tuple(codes),
            prices_idr=np.array([row[2] for row in rows], dtype=np.int64),
            topics=topics,
            levels=levels,
        ),
        allowed=np.array([row[4] for row in rows], dtype=np.bool_),
        keys=np.array([row[1] for row in rows], dtype=np.int64),
    )
