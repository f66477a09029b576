"""Small folders and data, synthetic."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bekal.recommender.engine import UNKNOWN, Attribute, Demographics, Interactions
from bekal.recommender.engine.evaluation import Dataset

PEOPLE = "person_id,sex,age\na,F,22\nb,M,31\nc,F,\n"
HISTORY = "person_id,item_id,time\na,y,2021-03-02\na,x,2021-03-01T10:00:00+07:00\nb,x,2021-03-03T00:00:00Z\n"
CATALOGUE = "item_id,title,price\nx,Baking,300000\ny,English,\n"


def write_folder(folder: Path, *, people: str = PEOPLE, history: str = HISTORY, catalogue: str = CATALOGUE) -> Path:
    for name, text in (("people", people), ("history", history), ("catalogue", catalogue)):
        (folder / f"{name}.csv").write_bytes(text.encode())
    return folder


def data_of(
    histories: Sequence[Sequence[int]],
    *,
    items: int,
    times: Sequence[Sequence[int]] | None = None,
    prices: Sequence[int] | None = None,
    sexes: str | None = None,
    balances: Sequence[Sequence[int]] | None = None,
) -> Dataset:
    """Histories in the order taken, or of these times; everybody a woman unless `sexes` says otherwise."""
    stated = times or [list(range(len(history))) for history in histories]
    sex = Attribute("sex", ("F", "M"))
    return Dataset.from_pairs(
        demographics=Demographics.encode((sex,), [{"sex": each} for each in (sexes or "F" * len(histories))]),
        people=[person for person, history in enumerate(histories) for _ in history],
        items=[item for history in histories for item in history],
        times=np.array([time for each in stated for time in each], dtype=np.int64),
        prices=np.full(items, UNKNOWN) if prices is None else prices,
        balances=None if balances is None else np.array([balance for each in balances for balance in each], dtype=np.int64),
    )


def lists_of(histories: Interactions) -> list[list[int]]:
    return [histories.of(person).tolist() for person in range(histories.people_count)]
