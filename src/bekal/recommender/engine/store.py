"""One file holds one model: learnt arrays, and a manifest that says what they are and whom they fit.

The file is a zip that numpy's `load` can open too: `manifest.json` (UTF-8) and one `<name>.npy` for each array, stored without
compression and without pickle. Every part carries a checksum. The same model saved with the same facts gives the same bytes.
"""

import io
import json
import math
import os
import secrets
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.base import Recommender
from bekal.recommender.engine.blended import Bekal
from bekal.recommender.engine.data import Attribute, Catalogue, codes_sha256
from bekal.recommender.engine.ease import EASE
from bekal.recommender.engine.item_knn import ItemKNN
from bekal.recommender.engine.naive_bayes import NaiveBayes
from bekal.recommender.engine.popularity import Popularity
from bekal.recommender.engine.segments import Segments

FORMAT_VERSION: Final = 4
MODELS: Final[Mapping[str, type[Recommender]]] = {
    model.name: model for model in (Bekal, EASE, ItemKNN, NaiveBayes, Popularity, Segments)
}
"""Every model that a file can hold, by the name in its manifest."""

_KIND: Final = "bekal recommender model"
_MANIFEST: Final = "manifest.json"
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    struct.error,
    AttributeError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What zipfile, json, numpy and the models raise on bytes that are no model. They are in memory: no disk error is among these."""


class ModelRefused(ValueError):
    """A file cannot be served. `code` is stable for programs; the message says what to do."""

    code: ClassVar[str] = "model_refused"


class NotAModel(ModelRefused):
    """The file is damaged, cut short, or was never a model."""

    code = "not_a_model"


class OtherFormat(ModelRefused):
    """The file was written by another version of this module."""

    code = "other_format"


class OtherCatalogue(ModelRefused):
    """The model was trained on other codes than those it is to serve: its item 7 is not theirs."""

    code = "other_catalogue"


@dataclass(frozen=True)
class Manifest:
    """What a file says about its model.

    Attributes:
        model: a key of `MODELS`.
        item_codes: the codes of the catalogue it was trained on; serve it with a catalogue of exactly these.
        attributes: what it knows of people.
        parameters: what was set or chosen in training.
        data_from, data_until: first and last day of what it learnt from, both included; None where the source has no times.
        metrics: what was measured before it was saved, by name.
        fairness: the verdict of the gate with all that it rests on, as JSON gives it back; None where nobody could judge.
    """

    model: str
    item_codes: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    parameters: Mapping[str, float]
    data_from: date | None
    data_until: date | None
    metrics: Mapping[str, float]
    fairness: Mapping[str, Any] | None

    @property
    def catalogue_sha256(self) -> str:
        """Equals `Catalogue.sha256` of every catalogue that the model can serve."""
        return codes_sha256(self.item_codes)


def save_model(
    path: Path,
    model: Recommender,
    *,
    catalogue: Catalogue,
    data_from: date | None,
    data_until: date | None,
    metrics: Mapping[str, float],
    fairness: Mapping[str, Any] | None,
) -> Manifest:
    """Write a model beside its place, then put it there: a reader of `path` sees the old file or the new one, whole.

    Args:
        path: in a folder that exists.
        model: one of `MODELS`.
        catalogue: the one whose items the model was trained on.
        data_from: first day of the data, or None where the source has no times.
        data_until: last day of the data, included.
        metrics: what was measured, finite.
        fairness: the verdict of the gate, of what JSON can hold; None where there is none.

    Raises:
        ValueError: the model has another number of items than the catalogue, or a number is not finite.
        OSError: the file cannot be written; what was there is unchanged.
    """
    if len(catalogue.codes) != model.item_count:
        raise ValueError(f"the catalogue must have {model.item_count} items, not {len(catalogue.codes)}")
    if not all(math.isfinite(value) for value in metrics.values()):
        raise ValueError("metrics must be finite")
    manifest = Manifest(
        model=model.name,
        item_codes=catalogue.codes,
        attributes=model.attributes,
        parameters=dict(model.parameters),
        data_from=data_from,
        data_until=data_until,
        metrics=dict(metrics),
        fairness=json.loads(json.dumps(fairness, allow_nan=False)),
    )
    _replace(path, _encoded(manifest, model.arrays))
    return manifest


def load_model(path: Path, *, catalogue: Catalogue) -> tuple[Recommender, Manifest]:
    """Read a model that is to serve this catalogue. It scores as the saved one did, to the bit.

    Raises:
        NotAModel, OtherFormat, OtherCatalogue: all of them `ModelRefused`.
        OSError: the file cannot be read.
    """
    content = path.read_bytes()
    manifest = _manifest(content, path)
    if manifest.item_codes != catalogue.codes:
        raise OtherCatalogue(
            f"{path} was trained on another catalogue ({manifest.catalogue_sha256[:12]}) than it is to serve"
            f" ({catalogue.sha256[:12]}). Train a model on this catalogue."
        )
    try:
        model = MODELS[manifest.model].restored(
            attributes=manifest.attributes, parameters=manifest.parameters, arrays=_arrays(content)
        )
    except _UNREADABLE as error:
        raise _not_a_model(path, error) from error
    if model.item_count != len(manifest.item_codes):
        raise _not_a_model(path, f"{model.item_count} items instead of {len(manifest.item_codes)}")
    return model, manifest


def read_manifest(path: Path) -> Manifest:
    """What a file says about its model, without loading it.

    Raises:
        NotAModel, OtherFormat: both `ModelRefused`.
        OSError: the file cannot be read.
    """
    return _manifest(path.read_bytes(), path)


def _encoded(manifest: Manifest, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    stated = {
        "kind": _KIND,
        "format_version": FORMAT_VERSION,
        "model": manifest.model,
        "catalogue_sha256": manifest.catalogue_sha256,
        "item_codes": manifest.item_codes,
        "attributes": [{"name": attribute.name, "levels": attribute.levels} for attribute in manifest.attributes],
        "parameters": manifest.parameters,
        "data_from": manifest.data_from and manifest.data_from.isoformat(),
        "data_until": manifest.data_until and manifest.data_until.isoformat(),
        "metrics": manifest.metrics,
        "fairness": manifest.fairness,
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        # A ZipInfo made by hand carries a fixed date, so that equal models are equal files.
        archive.writestr(zipfile.ZipInfo(_MANIFEST), json.dumps(stated, indent=1, sort_keys=True, allow_nan=False))
        for name, array in sorted(arrays.items()):
            part = io.BytesIO()
            np.lib.format.write_array(part, array, version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), part.getvalue())
    return content.getvalue()


def _manifest(content: bytes, path: Path) -> Manifest:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            stated = json.loads(_part(archive, _MANIFEST))
        if stated["kind"] != _KIND:
            raise ValueError(f"its kind is {stated['kind']!r}")
        version = stated["format_version"]
        if version == FORMAT_VERSION:
            return _stated(stated)
    except _UNREADABLE as error:
        raise _not_a_model(path, error) from error
    raise OtherFormat(f"{path} has format {version}; this version of Bekal reads format {FORMAT_VERSION}. Train the model again.")


def _stated(stated: Mapping[str, Any]) -> Manifest:
    manifest = Manifest(
        model=stated["model"],
        item_codes=tuple(stated["item_codes"]),
        attributes=tuple(Attribute(each["name"], tuple(each["levels"])) for each in stated["attributes"]),
        parameters={name: float(value) for name, value in stated["parameters"].items()},
        data_from=_day(stated["data_from"]),
        data_until=_day(stated["data_until"]),
        metrics={name: float(value) for name, value in stated["metrics"].items()},
        fairness=stated["fairness"],
    )
    if manifest.model not in MODELS:
        raise ValueError(f"no model is called {manifest.model!r}")
    if manifest.catalogue_sha256 != stated["catalogue_sha256"]:
        raise ValueError("its codes do not have the checksum it states")
    return manifest


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _arrays(content: bytes) -> dict[str, NDArray[Any]]:
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name != _MANIFEST:
                part = io.BytesIO(_part(archive, name))
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(part, allow_pickle=False)
    return arrays


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, read whole: its checksum is verified before a single byte is interpreted."""
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is compressed")
    return archive.read(name)


def _not_a_model(path: Path, reason: object) -> NotAModel:
    return NotAModel(f"{path} is damaged or no model of Bekal ({reason}). Restore it from a backup or train again.")


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # Without this, a power cut can undo the replacement although the file itself was written.
        os.fsync(folder)
    finally:
        os.close(folder)
