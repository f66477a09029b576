"""Which trainings fit a person and what is left, one person at a time."""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.purchases.queries import owned_training_ids
from bekal.recommender.engine import (
    UNKNOWN,
    Catalogue,
    Contribution,
    Demographics,
    Interactions,
    Manifest,
    ModelRefused,
    Recommender,
    Source,
    load_model,
    read_manifest,
)
from bekal.recommender.people import level_label, traits_of
from bekal.recommender.services import model_path

# A group must take a training a tenth more often than everybody before the page says that it does.
_NOTABLE: Final = math.log(1.1)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A training that the balance can buy, why it is shown (in the reader's language), and what would remain."""

    training: Training
    reason: str
    remaining_idr: int


@dataclass(frozen=True, slots=True)
class _Offer:
    """The model's catalogue with today's prices: what is open now, and each item's primary key (0 where it is gone)."""

    catalogue: Catalogue
    allowed: NDArray[np.bool_]
    keys: NDArray[np.int64]


def recommend(*, enrolment: Enrolment, balance_idr: int, limit: int = 6) -> list[Recommendation]:
    """The trainings that fit the person best among those that the balance can buy, best first, in three queries.

    Never one that the person has, that is closed or full. Empty when nothing fits, or when no model has been trained.

    Args:
        enrolment: with its participant.
        balance_idr: what is left, whole rupiah.
        limit: at most this many.
    """
    loaded = _serving_model()
    if loaded is None:
        return []
    model, manifest = loaded
    offer = _offer(manifest.item_codes)
    owned = np.flatnonzero(np.isin(offer.keys, list(owned_training_ids(enrolment))))
    person = Demographics.encode(model.attributes, [traits_of(enrolment.participant, clock.today())])
    history = Interactions.from_lists([owned.tolist()], item_count=model.item_count)
    best = model.recommend(
        person, history, catalogue=offer.catalogue, balances_idr=[balance_idr], allowed=offer.allowed, top=limit
    )
    items = [int(item) for item in best.items[0] if item != UNKNOWN]
    trainings = Training.objects.select_related("provider", "platform").in_bulk([int(offer.keys[item]) for item in items])
    return [
        Recommendation(
            training=(training := trainings[int(offer.keys[item])]),
            reason=_reason(model.contributions(person, history, item=item)),
            remaining_idr=balance_idr - training.price_idr,
        )
        for item in items
    ]


def _offer(codes: tuple[str, ...]) -> _Offer:
    today = {
        code: (pk, price_idr, is_open and seats_left != 0)
        for pk, code, price_idr, is_open, seats_left in Training.objects.values_list(
            "pk", "code", "price_idr", "is_open", "seats_left"
        )
    }
    rows = [today.get(code, (0, 0, False)) for code in codes]
    return _Offer(
        catalogue=Catalogue(
            codes=codes,
            prices_idr=np.array([price_idr for _, price_idr, _ in rows], dtype=np.int64),
            topics=np.full(len(rows), UNKNOWN, dtype=np.int32),
        ),
        allowed=np.array([is_open for *_, is_open in rows], dtype=np.bool_),
        keys=np.array([pk for pk, *_ in rows], dtype=np.int64),
    )


def _reason(contributions: tuple[Contribution, ...]) -> str:
    """What speaks most for a training, beyond that many take it."""
    groups = [part for part in contributions if part.source is Source.DEMOGRAPHIC and part.value >= _NOTABLE]
    if not groups:
        return _("Popular with participants")
    strongest = max(groups, key=lambda part: part.value)
    label = level_label(strongest.attribute, strongest.level)
    match strongest.attribute:
        case "sex":
            return _("Women choose this more often") if strongest.level == "F" else _("Men choose this more often")
        case "age_band":
            return _("People aged {group} choose this more often").format(group=label)
        case "education":
            return _("People who finished {group} choose this more often").format(group=label)
        case _:
            return _("People in {group} choose this more often").format(group=label)


def _serving_model() -> tuple[Recommender, Manifest] | None:
    path = model_path()
    try:
        return _loaded(path, path.stat().st_mtime_ns)
    except (OSError, ModelRefused):
        return None


@lru_cache(maxsize=1)
def _loaded(path: Path, _modified_ns: int) -> tuple[Recommender, Manifest]:
    manifest = read_manifest(path)
    count = len(manifest.item_codes)
    catalogue = Catalogue(
        codes=manifest.item_codes,
        prices_idr=np.zeros(count, dtype=np.int64),
        topics=np.full(count, UNKNOWN, dtype=np.int32),
    )
    return load_model(path, catalogue=catalogue)
