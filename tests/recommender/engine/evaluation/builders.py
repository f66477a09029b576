"""Small folders and data, synthetic."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Attribute, Demographics, Interactions
from bekal.recommender.engine.evaluation import Dataset, Evaluation, Measured, Rankings

PEOPLE = "person_id,sex,age\na,F,22\nb,M,31\nc,F,\n"
HISTORY = "person_id,item_id,time\na,y,2021-03-02\na,x,2021-03-01T10:00:00+07:00\nb,x,2021-03-03T00:00:00Z\n"
CATALOGUE = "item_id,title,price\nx,Baking,300000\ny,English,\n"

GROUPS = {"F": 600, "M": 600, "X": 60}


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


def data_of_groups(*, prices: list[int] | None = None) -> Dataset:
    levels = [level for level, count in GROUPS.items() for _ in range(count)]
    demographics = Demographics.encode((Attribute("sex", tuple(GROUPS)),), [{"sex": level} for level in levels])
    nothing = Interactions(np.zeros(len(levels) + 1, dtype=np.int64), np.empty(0, dtype=np.int32), 20)
    return Dataset(demographics, nothing, np.empty(0, dtype=np.int64), np.array(prices or [100] * 20))


def measured(shifts: dict[str, float], *, base: dict[str, float] | None = None, seeds: int = 2) -> Evaluation:
    """Popularity around .4 (or `base`), and a model that differs from it by this much on average, with noise of both kinds."""
    generator = np.random.default_rng(5)
    rows = [
        (level, (base or {}).get(level, 0.4), shifts.get(level, 0.0)) for level, count in GROUPS.items() for _ in range(count)
    ]
    count = len(rows)
    people = np.tile(np.arange(count), seeds)
    popularity = np.array([mean for _, mean, _ in rows]) + generator.normal(0, 0.1, count)
    model = popularity + np.array([shift for *_, shift in rows]) + generator.normal(0, 0.05, count)
    items = np.tile(np.arange(3, dtype=np.int32), (count * seeds, 1))

    def ranked(ndcg: NDArray[np.float64], shown: NDArray[np.int32]) -> Rankings:
        return Rankings(shown, np.tile(ndcg, seeds), np.tile(ndcg, seeds))

    return Evaluation(
        {"0": Measured(people, {"bekal": ranked(model, items), "popularity": ranked(popularity, items[:, :1])})}, {}
    )
