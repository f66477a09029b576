import json
import os
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bekal.recommender.engine import (
    Catalogue,
    Manifest,
    ModelRefused,
    NaiveBayes,
    Popularity,
    Recommender,
    load_model,
    read_manifest,
    save_model,
)
from bekal.recommender.engine.store import NotAModel, OtherCatalogue, OtherFormat
from tests.recommender.engine.strategies import World, catalogue_of, worlds

WORLD = World(catalogue_of([0, 50, 50]), [[0], [1], [0, 2]], [[0, 0], [1, -1], [0, 2]], [0] * 3, np.ones((3, 3), dtype=np.bool_))
VERDICT = {"passed": False, "reasons": ["case 0, sex F: …"], "standings": [{"level": "F", "upper": None}]}
KINDS = [NaiveBayes, Popularity]


def fitted(kind: type[Recommender], world: World = WORLD) -> Recommender:
    return kind.fit(world.interactions, world.demographics)


def saved(path: Path, model: Recommender, catalogue: Catalogue = WORLD.catalogue) -> Manifest:
    return save_model(
        path,
        model,
        catalogue=catalogue,
        data_from=date(2021, 4, 1),
        data_until=date(2021, 5, 20),
        metrics={"ndcg_at_10": 0.458},
        fairness=VERDICT,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    saved(tmp_path / "model.npz", fitted(NaiveBayes))
    return tmp_path / "model.npz"


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worlds())
def test_a_loaded_model_is_the_saved_one_to_the_bit(kind: type[Recommender], tmp_path: Path, world: World) -> None:
    path, model = tmp_path / "model.npz", fitted(kind, world)
    stated = saved(path, model, world.catalogue)
    loaded, manifest = load_model(path, catalogue=world.catalogue)
    assert type(loaded) is kind
    assert loaded.parameters == model.parameters
    assert (
        loaded.scores(world.demographics, world.interactions).tobytes()
        == model.scores(world.demographics, world.interactions).tobytes()
    )
    assert manifest == stated == read_manifest(path)


def test_the_manifest_says_what_it_is(path: Path) -> None:
    model = fitted(NaiveBayes)
    assert read_manifest(path) == Manifest(
        model="naive_bayes",
        item_codes=("c00", "c01", "c02"),
        attributes=model.attributes,
        parameters=model.parameters,
        data_from=date(2021, 4, 1),
        data_until=date(2021, 5, 20),
        metrics={"ndcg_at_10": 0.458},
        fairness=VERDICT,
    )
    with zipfile.ZipFile(path) as archive:
        stated = json.loads(archive.read("manifest.json"))
    assert stated["catalogue_sha256"] == WORLD.catalogue.sha256 == read_manifest(path).catalogue_sha256


def test_the_same_model_is_the_same_file(path: Path, tmp_path: Path) -> None:
    saved(tmp_path / "again.npz", fitted(NaiveBayes))
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_numpy_opens_the_file_without_pickle(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["log_popularity"].tolist() == fitted(NaiveBayes).arrays["log_popularity"].tolist()


def test_other_prices_are_the_same_catalogue(path: Path) -> None:
    loaded, _ = load_model(path, catalogue=catalogue_of([9, 9, 9]))
    assert loaded.item_count == 3


@pytest.mark.parametrize("prices_idr", [[], [0, 50], [0, 50, 50, 50]])
def test_another_catalogue_is_refused(path: Path, prices_idr: list[int]) -> None:
    with pytest.raises(OtherCatalogue, match="was trained on another catalogue"):
        load_model(path, catalogue=catalogue_of(prices_idr))


def restated(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    rewritten(path, lambda parts: parts.update({"manifest.json": manifest_changed(parts["manifest.json"], change)}))


def manifest_changed(manifest: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    stated = json.loads(manifest)
    change(stated)
    return json.dumps(stated).encode()


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object], *, compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def test_another_format_is_refused(path: Path) -> None:
    restated(path, lambda stated: stated.update(format_version=1))
    with pytest.raises(OtherFormat, match="has format 1; this version of Bekal reads format 4"):
        load_model(path, catalogue=WORLD.catalogue)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda stated: stated.update(kind="other"), "its kind is 'other'"),
        (lambda stated: stated.pop("format_version"), "'format_version'"),
        (lambda stated: stated.update(model="oracle"), "no model is called 'oracle'"),
        (lambda stated: stated.update(catalogue_sha256="0" * 64), "its codes do not have the checksum it states"),
        (lambda stated: stated.update(attributes=[]), "the arrays must fit the attributes and the items"),
        (lambda stated: stated.update(parameters={}), "'pseudo_count.sex'"),
        (lambda stated: stated.update(parameters=[]), "no attribute 'items'"),
        (lambda stated: stated.update(data_from="yesterday"), "Invalid isoformat string: 'yesterday'"),
        (lambda stated: stated.update(model="popularity", parameters={}), "unexpected keyword argument 'level_effects'"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(path: Path, change: Callable[[dict[str, Any]], object], says: str) -> None:
    restated(path, change)
    with pytest.raises(NotAModel) as caught:
        load_model(path, catalogue=WORLD.catalogue)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.pop("log_popularity.npy"),
        lambda parts: parts.pop("manifest.json"),
        lambda parts: parts.update({"more.npy": parts["log_popularity.npy"]}),
        lambda parts: parts.update({"log_popularity.npy": parts["level_effects.npy"]}),
        lambda parts: parts.update({"log_popularity.npy": b"not an array"}),
        lambda parts: parts.update({"manifest.json": b"[" * 100_000}),
        lambda parts: parts.update({"manifest.json": b"\xff"}),
        lambda parts: parts.update({"manifest.json": b"[]"}),
    ],
)
def test_parts_that_are_wrong_are_refused(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    rewritten(path, change)
    with pytest.raises(NotAModel):
        load_model(path, catalogue=WORLD.catalogue)


def test_a_compressed_file_is_refused(path: Path) -> None:
    rewritten(path, len, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(NotAModel, match=r"manifest\.json is compressed"):
        load_model(path, catalogue=WORLD.catalogue)


@pytest.mark.parametrize("content", [b"", b"PK", b"person_id,item_id,time\n1,2,\n", b"\x80\x04\x95" + b"\0" * 100])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(NotAModel):
        read_manifest(path)


def test_arrays_saved_by_numpy_alone_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "model.npz", log_popularity=np.zeros(3))
    with pytest.raises(NotAModel):
        load_model(tmp_path / "model.npz", catalogue=WORLD.catalogue)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_truncated_file_is_refused(path: Path, data: st.DataObject) -> None:
    content = path.read_bytes()
    cut = path.with_name("cut.npz")
    cut.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(NotAModel):
        load_model(cut, catalogue=WORLD.catalogue)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_byte_is_refused_or_changes_nothing(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = path.with_name("damaged.npz")
    damaged.write_bytes(content)
    try:
        loaded, manifest = load_model(damaged, catalogue=WORLD.catalogue)
    except ModelRefused:
        return
    assert manifest == read_manifest(path)
    model = fitted(NaiveBayes)
    assert {name: array.tobytes() for name, array in loaded.arrays.items()} == {
        name: array.tobytes() for name, array in model.arrays.items()
    }


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_manifest(tmp_path / "none.npz")


def test_a_failed_save_leaves_the_old_model_and_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        saved(path, fitted(Popularity))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["model.npz"]


def test_a_save_replaces_the_old_model(path: Path) -> None:
    saved(path, fitted(Popularity))
    assert read_manifest(path).model == "popularity"
    assert [file.name for file in path.parent.iterdir()] == ["model.npz"]


def test_what_cannot_be_served_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the catalogue must have 3 items, not 1"):
        saved(tmp_path / "model.npz", fitted(NaiveBayes), catalogue_of([0]))
    with pytest.raises(ValueError, match="metrics must be finite"):
        save_model(
            tmp_path / "model.npz",
            fitted(NaiveBayes),
            catalogue=WORLD.catalogue,
            data_from=None,
            data_until=None,
            metrics={"ndcg_at_10": float("nan")},
            fairness=None,
        )
    assert list(tmp_path.iterdir()) == []
