"""LightFM (the maintained fork, `lightfm-next`) with what people are as features and, as a setting, what they took too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from lightfm import LightFM
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from bekal.recommender.engine import UNKNOWN, Demographics, Interactions
from peers.als import matrix

GRID: Final[tuple[Mapping[str, float], ...]] = (
    {"components": 10, "epochs": 15, "with_history": 0},
    {"components": 30, "epochs": 15, "with_history": 0},
    {"components": 10, "epochs": 15, "with_history": 1},
    {"components": 30, "epochs": 15, "with_history": 1},
)


@dataclass(frozen=True)
class Featured:
    """A person is the sum of the embeddings of what is known of them: an intercept, each level, and perhaps each item taken."""

    model: Any
    with_history: bool

    def scores(self, demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        _, people = self.model.get_user_representations(features(demographics, histories, with_history=self.with_history))
        biases, items = self.model.get_item_representations()
        scores: NDArray[np.float64] = (people @ items.T + biases).astype(np.float64)
        return scores


def fit(interactions: Interactions, demographics: Demographics, settings: Mapping[str, float]) -> Featured:
    """Train with the WARP loss. With history, each person is there twice: without it, all to be predicted, and with a random
    half of it, the other half to be predicted; otherwise an item would predict itself."""
    with_history = bool(settings["with_history"])
    taken = matrix(interactions)
    known = features(demographics, interactions, with_history=False)
    if with_history:
        shown = taken.copy()
        shown.data[np.random.default_rng(0).random(shown.nnz) < 0.5] = 0
        shown.eliminate_zeros()
        nothing = csr_matrix(taken.shape, dtype=np.float32)
        known = vstack([hstack([known, nothing]), hstack([known, _scaled(shown)])], format="csr")
        taken = vstack([taken, taken - shown], format="csr")
        taken.eliminate_zeros()
    model = LightFM(no_components=int(settings["components"]), loss="warp", random_state=0)
    model.fit(taken.tocoo(), user_features=known.astype(np.float32), epochs=int(settings["epochs"]), num_threads=1)
    return Featured(model, with_history)


def features(demographics: Demographics, histories: Interactions, *, with_history: bool) -> csr_matrix:
    """float32[people, features]: 1 for the intercept and each level; 1 / √length for each item taken."""
    people = demographics.people_count
    blocks = [np.ones((people, 1), dtype=np.float32)]
    for column, attribute in enumerate(demographics.attributes):
        codes = demographics.codes[:, column]
        block = np.zeros((people, len(attribute.levels)), dtype=np.float32)
        block[np.flatnonzero(codes != UNKNOWN), codes[codes != UNKNOWN]] = 1
        blocks.append(block)
    known = csr_matrix(np.hstack(blocks))
    return hstack([known, _scaled(matrix(histories))], format="csr") if with_history else known


def _scaled(taken: csr_matrix) -> csr_matrix:
    scaled = taken.copy()
    lengths = np.diff(scaled.indptr)
    scaled.data = np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
    return scaled
