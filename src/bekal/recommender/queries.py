"""Which trainings fit a person and what is left, one person at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from bekal.catalogue.models import Field, Training
from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.rules import MOST_TOGETHER
from bekal.recommender.engine import Catalogue, Demographics, Interactions
from bekal.recommender.engine.batch import Fit, recommend_one
from bekal.recommender.people import traits_of
from bekal.recommender.reasons import Reason, reasons
from bekal.recommender.serving import Serving
from bekal.recommender.topics import topic_codes

# Every request reads all of it: the ORM would take as long again.
_OFFER_SQL: Final = """
SELECT code, id, price_idr, field, is_open AND seats_left IS DISTINCT FROM 0 FROM catalogue_training
"""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A training that the balance can buy, why it is shown (in the reader's language), and what would remain."""

    training: Training
    reason: str
    remaining_idr: int


@dataclass(frozen=True, eq=False)
class Offer:
    """A model's catalogue as it stands now.

    Attributes:
        catalogue: today's prices; the field of each training is its topic, `Field.OTHER` is none.
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


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One person as a model is asked about: one row each, of the model's own attributes and items."""

    person: Demographics
    history: Interactions
    balance_idr: int


def current_offer(codes: Sequence[str]) -> Offer:
    """The trainings with these codes as they stand now, in one query. One that is gone costs 0 and is not allowed.

    Args:
        codes: ascending, as in a model's manifest.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OFFER_SQL)
        today = {row[0]: row for row in cursor.fetchall()}
    gone = ("", 0, 0, Field.OTHER.value, False)
    rows = [today.get(code, gone) for code in codes]
    return Offer(
        catalogue=Catalogue(
            codes=tuple(codes),
            prices_idr=np.array([row[2] for row in rows], dtype=np.int64),
            topics=topic_codes([row[3] for row in rows]),
        ),
        allowed=np.array([row[4] for row in rows], dtype=np.bool_),
        keys=np.array([row[1] for row in rows], dtype=np.int64),
    )


def taken_by(enrolment: Enrolment) -> list[int]:
    """The primary keys of the trainings that the enrolment's person has, from earlier waves too, earliest first."""
    found = Purchase.objects.filter(enrolment__participant=enrolment.participant_id, status=PurchaseStatus.BOUGHT)
    return list(found.order_by("bought_at", "pk").values_list("training_id", flat=True))


def asked_about(*, enrolment: Enrolment, balance_idr: int, serving: Serving, offer: Offer) -> Asked:
    """An enrolment as the model is asked about it, in one query.

    Args:
        enrolment: with its participant.
    """
    # Of a training bought in two waves, the first time counts.
    items = list(dict.fromkeys(offer.items_of(taken_by(enrolment))))
    return Asked(
        person=Demographics.encode(serving.model.attributes, [traits_of(enrolment.participant, clock.today())]),
        history=Interactions.from_lists([items], item_count=serving.model.item_count),
        balance_idr=balance_idr,
    )


def fitting(asked: Asked, *, serving: Serving, offer: Offer, top: int) -> Fit:
    """The best trainings that the balance can buy, and the best set of them. No query.

    Never one that the person has, that is closed or full. A set holds at most one training of a field.
    """
    return recommend_one(
        serving.model.tables,
        asked.person,
        asked.history,
        catalogue=offer.catalogue,
        balance_idr=asked.balance_idr,
        allowed=offer.allowed,
        top=top,
        most=MOST_TOGETHER,
        eta=serving.eta,
    )


def reasons_for(items: Sequence[int], *, asked: Asked, serving: Serving) -> list[tuple[Reason, ...]]:
    """What speaks most for each of these items, strongest first. No query."""
    codes = serving.manifest.item_codes
    return reasons(items, person=asked.person, history=asked.history, tables=serving.model.tables, codes=codes)


def titles_named(found: Iterable[Sequence[Reason]]) -> dict[str, str]:
    """The titles, by code, of the trainings that these reasons name, in one query or none."""
    codes = {reason.after for each in found for reason in each if reason.after is not None}
    return dict(Training.objects.filter(code__in=codes).values_list("code", "title")) if codes else {}
