from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from bekal.recommender.engine import Bekal, Demographics, Interactions
from bekal.recommender.engine.evaluation import Dataset
from bekal.recommender.training import services
from bekal.recommender.training.folders import Files, read_files
from bekal.recommender.training.measuring import Findings, limits, measure
from tests.builders import on
from tests.recommender.market import TODAY, Market, build_market


@pytest.fixture(scope="session")
def lessons() -> dict[Any, Any]:
    """What was learnt and measured so far, by the data."""
    return {}


@pytest.fixture
def each_lesson_once(lessons: dict[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal data teach equal models, so what a test trains again on data that were trained on before is remembered."""
    fit, found_out = Bekal.fit, measure

    def fitted(interactions: Interactions, demographics: Demographics) -> Bekal:
        key = ("fit", *_content(interactions, demographics))
        if key not in lessons:
            lessons[key] = fit(interactions, demographics)
        model: Bekal = lessons[key]
        return model

    def measured(data: Dataset) -> Findings:
        key = ("measure", *_content(data.interactions, data.demographics), data.times.tobytes(), data.prices.tobytes(), limits())
        if key not in lessons:
            lessons[key] = found_out(data)
        findings: Findings = lessons[key]
        return findings

    monkeypatch.setattr(Bekal, "fit", fitted)
    monkeypatch.setattr(services, "measure", measured)


def _content(interactions: Interactions, demographics: Demographics) -> tuple[Any, ...]:
    taken = interactions.indptr.tobytes(), interactions.items.tobytes(), interactions.item_count
    spending = interactions.spending and (interactions.spending.prices.tobytes(), interactions.spending.balances.tobytes())
    return *taken, spending, demographics.codes.tobytes(), demographics.attributes


@pytest.fixture
def market(db: None, settings: Settings, tmp_path: Path, each_lesson_once: None) -> Iterator[Market]:
    """The market on `TODAY`, with no model. Groups of five people and more are judged, so that a fair model is found fair."""
    settings.BEKAL_HOME = tmp_path
    settings.BEKAL_FAIRNESS_LIMITS = {"loss": 0.5, "widening": 0.5, "least_people": 5, "confidence": 0.95}
    with on(TODAY):
        yield build_market()


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Twelve items of three topics, 80 people; every tenth has no balance, item 11 has no price."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "catalogue.csv").write_text(
        "item_id,title,price,topic\n"
        + "".join(f"i{item:02},Item {item},{'' if item == 11 else 20 + 10 * item},{'abc'[item % 3]}\n" for item in range(12))
    )
    (folder / "people.csv").write_text(
        "person_id,sex,balance\n"
        + "".join(f"p{person:02},{'FM'[person % 2]},{'' if person % 10 == 9 else 40 + person}\n" for person in range(80))
    )
    taken = [(person, (person % 2 + 2 * (person // 2 % 3 + place)) % 12) for person in range(60) for place in (0, 1)]
    (folder / "history.csv").write_text(
        "person_id,item_id,time\n" + "".join(f"p{person:02},i{item:02},\n" for person, item in taken)
    )
    return read_files(folder)


@pytest.fixture(scope="session")
def model(read: Files) -> Bekal:
    """What those people taught."""
    return Bekal.fit(read.data.interactions, read.data.demographics)
