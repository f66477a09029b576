"""Training a model on the platform's own purchases."""

import secrets
from typing import Final

from bekal.access.models import User
from bekal.access.services import record_act
from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.recommender.engine import Bekal, Choosing, save_model
from bekal.recommender.engine.data import codes_sha256
from bekal.recommender.errors import NothingToLearn
from bekal.recommender.models import TrainedModel
from bekal.recommender.serving.published import file_sha256, models_folder, serving_model
from bekal.recommender.training.learning import Learnable, learnable
from bekal.recommender.training.measuring import Findings, measure
from bekal.recommender.training.publishing import present_publication, publish
from bekal.recommender.training.worth import choosing_for

_NAME_BYTES: Final = 3


def model_is_current() -> bool:
    """Whether a model serves that knows exactly the trainings in the database; one that cannot be loaded does not."""
    published = present_publication()
    if published is None or serving_model() is None:
        return False
    codes = tuple(sorted(Training.objects.values_list("code", flat=True)))
    return published.model.catalogue_sha256 == codes_sha256(codes)


def train_model() -> TrainedModel:
    """Learn from every purchase so far and let the result serve: for a demo, which may be too small for the gate to judge it.

    Raises:
        NothingToLearn, ModelUnfair, OSError: what served goes on serving.
    """
    model = train(found=learnable())
    publish(model=model, unjudged=True)
    return model


def train(*, found: Learnable, trained_by: User | None = None) -> TrainedModel:
    """Learn from what was bought, find out on people held out how good and how fair that is, and write the model to a file.

    The file is of a model that learnt from everybody, with what was found out about one that did not see those held out. It
    does not serve before it is published.

    Args:
        found: what is learnt from.
        trained_by: who asked for it; None for what the machine does by itself.

    Raises:
        NothingToLearn: nothing was bought.
        OSError: the home folder cannot be written.
    """
    if not found.data.interactions.items.size:
        raise NothingToLearn
    findings = measure(found.data)
    model = Bekal.fit(found.data.interactions, found.data.demographics)
    choosing = choosing_for(model, found.asking)
    return _keep(model, found=found, findings=findings, choosing=choosing, trained_by=trained_by)


def _keep(model: Bekal, *, found: Learnable, findings: Findings, choosing: Choosing, trained_by: User | None) -> TrainedModel:
    name = f"{model.name}-{clock.today():%Y%m%d}-{secrets.token_hex(_NAME_BYTES)}"
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.model"
    manifest = save_model(
        path,
        model,
        catalogue=found.catalogue,
        data_from=found.data_from,
        data_until=found.data_until,
        metrics=findings.metrics,
        fairness=findings.fairness,
        choosing=choosing,
    )
    trained = TrainedModel.objects.create(
        name=name,
        kind=manifest.model,
        sha256=file_sha256(path),
        catalogue_sha256=manifest.catalogue_sha256,
        data_from=found.data_from,
        data_until=found.data_until,
        people=found.data.interactions.people_count,
        purchases=found.data.interactions.items.size,
        metrics=dict(findings.metrics),
        is_fair=findings.is_fair,
        fairness=findings.fairness,
        trained_at=clock.now(),
        trained_by=trained_by,
    )
    record_act(actor=trained_by, verb="recommender.train", subject=f"model:{name}", purchases=trained.purchases)
    return trained
