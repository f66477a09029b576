"""The model that serves: loaded once in a process, and changed when another one is published."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from django.conf import settings
from django.db import Error, connections

from bekal.recommender.engine import (
    UNKNOWN,
    Bekal,
    Catalogue,
    Choosing,
    Manifest,
    ModelRefused,
    batch,
    load_model,
    read_manifest,
)
from bekal.recommender.errors import ModelFileUnusable
from bekal.recommender.models import Publication, TrainedModel

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """A published model, loaded.

    Attributes:
        name: what it is called, in files and in answers.
        model: scores by its tables, in whole numbers.
        manifest: what its file says of it.
        choosing: how lists and bundles are chosen.
    """

    name: str
    model: Bekal
    manifest: Manifest
    choosing: Choosing


class _Held:
    """What this process holds. Requests of many threads read it; one of them at a time changes it."""

    def __init__(self) -> None:
        self.changing: Final = Lock()
        self.key: tuple[Path, str] | None = None
        self.serving: Serving | None = None


_held: Final = _Held()


def models_folder() -> Path:
    """Where the files of models lie."""
    return Path(settings.BEKAL_HOME) / "models"


def serving_model() -> Serving | None:
    """The published model, in one query; None where nothing is published or its file cannot be used.

    While a thread loads a newly published one, the others serve the one before.
    """
    # Not whole rows: every request asks this, and a verdict on fairness is long.
    needed = ("model__name", "model__sha256")
    published = Publication.objects.select_related("model").only(*needed).order_by("-pk").first()
    if published is None:
        return None
    model = published.model
    key = (models_folder() / model.file_name, model.sha256)
    if _held.key == key:
        return _held.serving
    before = _held.serving
    if not _held.changing.acquire(blocking=before is None):
        return before
    try:
        if _held.key != key:
            _held.serving, _held.key = load(model), key
        return _held.serving
    except ModelFileUnusable as error:
        _log.error("%s", error)
        return None
    finally:
        _held.changing.release()


def load(trained: TrainedModel) -> Serving:
    """Load a trained model from its file, once it is proved to be the file that was written then.

    Raises:
        ModelFileUnusable: it is gone, was changed, or cannot be read by this version.
    """
    path = models_folder() / trained.file_name
    try:
        if file_sha256(path) != trained.sha256:
            raise ModelFileUnusable(name=trained.name, reason="its checksum is not that of the file that was trained")
        model, manifest, choosing = load_file(path)
    except (OSError, ModelRefused) as error:
        raise ModelFileUnusable(name=trained.name, reason=error) from error
    return Serving(name=trained.name, model=model, manifest=manifest, choosing=choosing)


def load_file(path: Path) -> tuple[Bekal, Manifest, Choosing]:
    """Load a model that this platform can serve, for the catalogue that its manifest names.

    Raises:
        ModelRefused: it is none.
        OSError: the file cannot be read.
    """
    codes = read_manifest(path).item_codes
    model, manifest = load_model(path, catalogue=bare_catalogue(codes))
    if not isinstance(model, Bekal) or manifest.choosing is None:
        raise ModelRefused(f"{path} holds {manifest.model}, a baseline that is for comparison alone")
    return model, manifest, manifest.choosing


def bare_catalogue(codes: tuple[str, ...]) -> Catalogue:
    """A catalogue of which only the codes are known."""
    return Catalogue(
        codes=codes, prices_idr=np.zeros(len(codes), dtype=np.int64), topics=np.full(len(codes), UNKNOWN, dtype=np.int32)
    )


def file_sha256(path: Path) -> str:
    """64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def warm_up() -> None:
    """Load the published model and compile what requests run, so that the first of them need not wait.

    For the start of a serving process, which must come up also where the database is away or nothing is published.
    """
    try:
        batch.warm_up()
        serving_model()
    except Error as error:
        _log.warning("the recommender could not be warmed up: %s", error)
    finally:
        connections.close_all()
