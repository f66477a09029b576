"""A LightGBM ranker (LambdaRank) over features of a person and an item, made by simpler models.

The simpler models are cross-fitted: what they say of a person in training comes from the other half of the people, so that
nobody's own purchases are among their features. Everybody is shown with several visible lengths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import lightgbm
import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Demographics, Interactions, NaiveBayes
from bekal.recommender.engine.evaluation.dataset import history_part
from bekal.recommender.engine.popularity import log_popularity
from peers.als import matrix

GRID: Final[tuple[Mapping[str, float], ...]] = (
    {"leaves": 7, "rounds": 50},
    {"leaves": 7, "rounds": 120},
    {"leaves": 31, "rounds": 100},
)
_ALL_ITEMS: Final = 300
"""Up to so many items, all are ranked in training; of more, what was taken and so many others."""
_OTHERS: Final = 150
_BLOCK_PEOPLE: Final = 200


@dataclass(frozen=True)
class Signals:
    """What simpler models say of a person and an item."""

    bayes: NaiveBayes
    popularity: NDArray[np.float64]
    cosine: NDArray[np.float32]
    together: NDArray[np.float32]

    @classmethod
    def of(cls, interactions: Interactions, demographics: Demographics) -> Self:
        taken = matrix(interactions)
        counts = np.asarray((taken.T @ taken).todense(), dtype=np.float64)
        numbers = np.diag(counts).copy()
        np.fill_diagonal(counts, 0)
        roots = np.sqrt(numbers)
        return cls(
            bayes=NaiveBayes.fit(interactions, demographics),
            popularity=log_popularity(interactions),
            cosine=(counts / (np.outer(roots, roots) + 10)).astype(np.float32),
            together=(counts / (numbers[:, None] + 5)).astype(np.float32),
        )

    def table(self, demographics: Demographics, visible: Interactions) -> NDArray[np.float32]:
        """float32[people, items, features]."""
        shown = matrix(visible)
        people, items = visible.people_count, visible.item_count
        lengths = visible.lengths
        last = np.zeros((people, items), dtype=np.float32)
        nearest = np.zeros((people, items), dtype=np.float32)
        for person in np.flatnonzero(lengths):
            history = visible.of(int(person))
            last[person] = self.together[history[-1]]
            nearest[person] = self.cosine[history].max(axis=0)
        per_item: list[NDArray[Any]] = [np.arange(items), self.popularity]
        per_person: list[NDArray[Any]] = [lengths]
        for column, attribute in enumerate(demographics.attributes):
            codes = demographics.codes[:, column]
            per_person.append(np.where(codes == UNKNOWN, len(attribute.levels), codes))
        columns = [
            *(np.broadcast_to(each, (people, items)) for each in per_item),
            *(np.broadcast_to(each[:, None], (people, items)) for each in per_person),
            self.bayes.scores(demographics, visible),
            shown @ self.cosine,
            (shown @ self.together) / np.maximum(lengths, 1)[:, None],
            last,
            nearest,
        ]
        return np.stack([np.asarray(each, dtype=np.float32) for each in columns], axis=2)


@dataclass(frozen=True)
class Ranker:
    """Signals of everybody, ranked."""

    booster: Any
    signals: Signals

    def scores(self, demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        blocks = [np.empty((0, histories.item_count))]
        for first in range(0, histories.people_count, _BLOCK_PEOPLE):
            rows = np.arange(first, min(first + _BLOCK_PEOPLE, histories.people_count))
            table = self.signals.table(demographics.rows(rows), histories.rows(rows))
            blocks.append(self.booster.predict(table.reshape(-1, table.shape[2]), num_threads=2).reshape(table.shape[:2]))
        return np.concatenate(blocks)


def fit(interactions: Interactions, demographics: Demographics, settings: Mapping[str, float]) -> Ranker:
    generator = np.random.default_rng(0)
    half = generator.permutation(interactions.people_count) % 2
    tables, labels, groups = [], [], []
    for side in (0, 1):
        others, own = np.flatnonzero(half != side), np.flatnonzero(half == side)
        signals = Signals.of(interactions.rows(others), demographics.rows(others))
        for visible, targets, rows in _views(interactions, own, generator):
            for first in range(0, rows.size, _BLOCK_PEOPLE):
                block = np.arange(first, min(first + _BLOCK_PEOPLE, rows.size))
                seen, wanted = visible.rows(block), targets.rows(block)
                table = signals.table(demographics.rows(rows[block]), seen)
                kept, wants = _ranked(seen, wanted, np.exp(signals.popularity), generator)
                tables.append(table[kept])
                labels.append(wants[kept])
                groups.append(kept.sum(axis=1))
    count = len(demographics.attributes)
    data = lightgbm.Dataset(
        np.concatenate(tables),
        label=np.concatenate(labels),
        group=np.concatenate(groups),
        categorical_feature=[0, *range(3, 3 + count)],
        params={"max_bin": 255, "verbosity": -1},
    )
    booster = lightgbm.train(
        {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 20,
            "num_leaves": int(settings["leaves"]),
            "learning_rate": 0.05,
            "min_data_in_leaf": 50,
            "cat_smooth": 50,
            "num_threads": 2,
            "seed": 0,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        },
        data,
        num_boost_round=int(settings["rounds"]),
    )
    return Ranker(booster, Signals.of(interactions, demographics))


def _views(
    interactions: Interactions, rows: NDArray[np.int64], generator: np.random.Generator
) -> Sequence[tuple[Interactions, Interactions, NDArray[np.int64]]]:
    """Visible and to be predicted: nothing, one to three items, and half or more of the history, of those who took enough."""
    views = []
    own = interactions.rows(rows)
    few = generator.integers(1, 4, own.people_count)
    many = (own.lengths * generator.uniform(0.5, 1, own.people_count)).astype(np.int64)
    for shown in (np.zeros_like(few), few, np.minimum(many, own.lengths - 1)):
        asked = np.flatnonzero(own.lengths > shown)
        part = own.rows(asked)
        places = np.arange(part.items.size) - np.repeat(part.indptr[:-1], part.lengths)
        seen = places < np.repeat(shown[asked], part.lengths)
        views.append((history_part(part, seen), history_part(part, ~seen), rows[asked]))
    return views


def _ranked(
    visible: Interactions, targets: Interactions, popularity: NDArray[np.float64], generator: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """bool and int64[people, items]: which items are ranked in training, and which of them were taken."""
    people, items = visible.people_count, visible.item_count
    wanted = np.zeros((people, items), dtype=np.int64)
    wanted[targets.people, targets.items] = 1
    kept = np.ones((people, items), dtype=np.bool_)
    if items > _ALL_ITEMS:
        # Half of the others are drawn by popularity: that is where rankings are decided.
        share = (popularity / popularity.sum() + 1 / items) / 2 * _OTHERS
        kept = (generator.random((people, items)) < share) | (wanted == 1)
    kept[visible.people, visible.items] = False
    return kept, wanted
