"""A catalogue and a model alone, as a system has them that uses nothing else of the platform."""

import copy
import json
from pathlib import Path
from typing import Any, Final

import pytest

from bekal.access.keys import make_key
from bekal.catalogue.models import Field, Training
from bekal.catalogue.services import NewTraining, add_trainings
from bekal.recommender.training.folders import read_files
from bekal.recommender.training.learning import learnable_files
from bekal.recommender.training.publishing import publish
from bekal.recommender.training.services import train
from tests.web.api.asking import WOMAN, Ask, raw
from tests.web.conftest import Laid
from tests.web.grounds import Ground

PRICES: Final = (100_000, 120_000, 90_000, 200_000, 150_000, 60_000)
TITLES: Final = ("Kursus 0", "Kursus 1", "Kursus 2", "Kursus 3", "Kursus 3 untuk Pemula", "Kursus 5")
"""K-3 and K-4 are of one topic."""
_FIELDS: Final = (Field.BEAUTY, Field.AUTOMOTIVE, Field.BEAUTY, Field.OFFICE, Field.OFFICE, Field.OTHER)


@pytest.fixture(scope="session")
def alone_ground(lay: Laid, tmp_path_factory: pytest.TempPathFactory) -> Ground[list[Training]]:
    """A catalogue and a model that learnt from files; nobody is registered, nothing was bought here."""
    folder = tmp_path_factory.mktemp("folder")

    def build() -> list[Training]:
        ids = add_trainings(
            trainings=[
                NewTraining(
                    code=f"K-{number}", title=TITLES[number], provider="Balai", price_idr=price_idr, field=_FIELDS[number]
                )
                for number, price_idr in enumerate(PRICES)
            ]
        )
        _write_files(folder)
        publish(model=train(found=learnable_files(read_files(folder))), unjudged=True)
        return list(Training.objects.in_bulk(ids).values())

    return lay("alone", build)


@pytest.fixture
def key(db: None) -> str:
    return make_key(name="dashboard")


@pytest.fixture
def alone(ground: Ground[list[Training]], key: str) -> list[Training]:
    """A catalogue and a model that learnt from files; nobody is registered, nothing was bought here."""
    return copy.deepcopy(ground.built)


@pytest.fixture
def ask(key: str) -> Ask:
    """Ask for a woman of 27 with Rp300.000, changed as the arguments say."""

    def post(**changes: Any) -> Any:
        body = {**WOMAN, "balance_idr": 300_000, **changes}
        return raw(json.dumps(body), key)

    return post


def _write_files(folder: Path) -> None:
    """Women take K-0, then K-2; men K-1, then K-3, or K-4, then K-5."""
    (folder / "catalogue.csv").write_text(
        "item_id,title,price\n" + "".join(f"K-{number},{TITLES[number]},{price}\n" for number, price in enumerate(PRICES))
    )
    people = [(number, "FM"[number % 2]) for number in range(200)]
    (folder / "people.csv").write_text(
        "person_id,sex,age,education,province\n"
        + "".join(f"{number},{sex},{20 + number % 30},upper_secondary,32\n" for number, sex in people)
    )
    pairs = {number: (0, 2) if sex == "F" else (1, 3) if number % 4 == 1 else (4, 5) for number, sex in people}
    lines = [(number, item, day + 1) for number, pair in pairs.items() for day, item in enumerate(pair)]
    (folder / "history.csv").write_text(
        "person_id,item_id,time\n" + "".join(f"{number},K-{item},2021-03-{day:02}\n" for number, item, day in lines)
    )
