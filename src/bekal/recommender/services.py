"""Training the model and putting it where requests find it."""

from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from django.conf import settings

from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.participants.models import Participant
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.recommender.engine import (
    UNKNOWN,
    Attribute,
    Catalogue,
    Demographics,
    Interactions,
    Manifest,
    ModelRefused,
    NaiveBayes,
    read_manifest,
    save_model,
)
from bekal.recommender.people import ATTRIBUTES, traits

_FILE: Final = "recommender.model"


def model_path() -> Path:
    """Where the model that serves lies."""
    return Path(settings.BEKAL_HOME) / "models" / _FILE


def model_is_current() -> bool:
    """Whether there is a readable model of exactly the trainings in the database."""
    try:
        manifest = read_manifest(model_path())
    except (OSError, ModelRefused):
        return False
    return manifest.item_codes == _catalogue().codes


def train_model() -> Manifest:
    """Learn from every purchase so far and replace the model that serves.

    Raises:
        OSError: the home folder cannot be written; the model that served goes on serving.
    """
    catalogue = _catalogue()
    items = {code: item for item, code in enumerate(catalogue.codes)}
    purchases = list(
        Purchase.objects.filter(status=PurchaseStatus.BOUGHT).values_list(
            "enrolment__participant_id", "training__code", "bought_at"
        )
    )
    rows = {participant: row for row, participant in enumerate(sorted({participant for participant, *_ in purchases}))}
    interactions = Interactions.from_pairs(
        np.array([rows[participant] for participant, *_ in purchases], dtype=np.int64),
        np.array([items[code] for _, code, _ in purchases], dtype=np.int32),
        people_count=len(rows),
        item_count=len(items),
        times=np.array([round(bought_at.timestamp() * 1_000_000) for *_, bought_at in purchases], dtype=np.int64),
    )
    days = [bought_at.astimezone(clock.JAKARTA).date() for *_, bought_at in purchases]
    model = NaiveBayes.fit(interactions, _demographics(list(rows), clock.today()))
    path = model_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    return save_model(
        path,
        model,
        catalogue=catalogue,
        data_from=min(days, default=None),
        data_until=max(days, default=None),
        metrics={"people": len(rows), "purchases": len(purchases)},
    )


def _catalogue() -> Catalogue:
    rows = sorted(Training.objects.values_list("code", "price_idr"))
    return Catalogue(
        codes=tuple(code for code, _ in rows),
        prices_idr=np.array([price_idr for _, price_idr in rows], dtype=np.int64),
        topics=np.full(len(rows), UNKNOWN, dtype=np.int32),
    )


def _demographics(participants: list[int], day: date) -> Demographics:
    found = {
        pk: traits(birth_date=birth_date, sex=sex, education=education, region=region, day=day)
        for pk, birth_date, sex, education, region in Participant.objects.filter(pk__in=participants).values_list(
            "pk", "birth_date", "sex", "education", "region"
        )
    }
    people = [found[participant] for participant in participants]
    attributes = tuple(Attribute.observed(name, (person[name] for person in people)) for name in ATTRIBUTES)
    return Demographics.encode(attributes, people)
