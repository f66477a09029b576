"""Everybody who can still spend, in chunks: who they are, what they took, what is left to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from bekal.core.sql import load_sql
from bekal.recommender.engine import Attribute, Demographics, Interactions
from bekal.recommender.serving.offer import Offer
from bekal.recommender.serving.people import traits

_ACTIVE_SQL: Final = load_sql("recommender", "active")
_COUNT_SQL: Final = f"SELECT count(*) FROM ({_ACTIVE_SQL}) AS active"
_SPREAD_SQL: Final = f"SELECT active.id FROM ({_ACTIVE_SQL}) AS active ORDER BY active.id"
_PEOPLE_SQL: Final = f"""
    SELECT active.id, active.participant_id, balance.available_idr, person.age_band, person.sex, person.education,
        person.province
    FROM (
        {_ACTIVE_SQL} AND (%(chosen)s::bigint[] IS NULL OR enrolment.id = ANY (%(chosen)s::bigint[]))
        ORDER BY enrolment.id LIMIT %(limit)s
    ) AS active
    JOIN participants_participant AS person ON person.id = active.participant_id
    JOIN ledger_balance AS balance ON balance.owner = ledger_training(active.number)
    ORDER BY active.id
"""
_TAKEN_SQL: Final = """
    SELECT enrolment.participant_id, purchase.training_id, (extract(epoch FROM purchase.bought_at) * 1000000)::bigint
    FROM purchases_purchase AS purchase
    JOIN participants_enrolment AS enrolment ON enrolment.id = purchase.enrolment_id
    WHERE purchase.status = 'bought' AND enrolment.participant_id = ANY (%s)
"""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """People in the order of their enrolments, row by row the same in all."""

    enrolments: list[int]
    balances_idr: NDArray[np.int64]
    demographics: Demographics
    histories: Interactions


def count_active(*, day: date, after: int = 0) -> int:
    """How many can spend on a day, of those whose enrolment's primary key is above `after`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_SQL, {"after": after, "day": day})
        (count,) = cursor.fetchone()
    return int(count)


def spread_over_active(*, day: date, limit: int) -> list[int]:
    """At most so many of the enrolments that can spend on a day, evenly spread by primary key, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD_SQL, {"after": 0, "day": day})
        found = [row[0] for row in cursor.fetchall()]
    places = np.linspace(0, len(found) - 1, num=min(len(found), limit)).astype(np.int64)
    return [found[place] for place in places]


def read_active(
    *,
    day: date,
    after: int,
    limit: int,
    attributes: tuple[Attribute, ...],
    offer: Offer,
    chosen: Sequence[int] | None = None,
) -> Chunk:
    """The first who can spend on a day, of those whose enrolment's primary key is above `after`; in two queries.

    Args:
        limit: at most so many.
        attributes: of the model that will be asked.
        offer: of the same model; what it does not know of what they took is left out.
        chosen: primary keys of enrolments, to read of these alone.
    """
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"after": after, "day": day, "limit": limit, "chosen": None if chosen is None else list(chosen)}
        cursor.execute(_PEOPLE_SQL, asked)
        people = cursor.fetchall()
        participants = np.array([participant for _, participant, *_ in people], dtype=np.int64)
        cursor.execute(_TAKEN_SQL, [np.unique(participants).tolist()])
        taken = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 3)
    rows = [
        traits(age_band=age_band, sex=sex, education=education, province=province)
        for *_, age_band, sex, education, province in people
    ]
    return Chunk(
        enrolments=[enrolment for enrolment, *_ in people],
        balances_idr=np.array([balance_idr for _, _, balance_idr, *_ in people], dtype=np.int64),
        demographics=Demographics.encode(attributes, rows),
        histories=_histories(participants, taken, offer),
    )


def _histories(participants: NDArray[np.int64], taken: NDArray[np.int64], offer: Offer) -> Interactions:
    """What each participant took; somebody active in two waves is there twice."""
    order = np.argsort(participants, kind="stable")
    first = np.searchsorted(participants[order], taken[:, 0], side="left")
    last = np.searchsorted(participants[order], taken[:, 0], side="right")
    entries = np.repeat(np.arange(len(taken)), last - first)
    places = np.arange(entries.size) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    keys = np.argsort(offer.keys, kind="stable")
    found = keys[np.minimum(np.searchsorted(offer.keys, taken[:, 1], sorter=keys), keys.size - 1)]
    known = (offer.keys[found] == taken[:, 1])[entries]
    return Interactions.from_pairs(
        order[first[entries] + places][known],
        found[entries][known],
        people_count=participants.size,
        item_count=offer.keys.size,
        times=taken[entries, 2][known],
    )
