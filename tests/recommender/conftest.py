from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from bekal.recommender.engine import Bekal
from bekal.recommender.training.folders import Files, read_files
from tests.builders import on
from tests.recommender.market import TODAY, Market, build_market


@pytest.fixture
def market(db: None, settings: Settings, tmp_path: Path) -> Iterator[Market]:
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
