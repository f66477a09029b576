"""What every model of the recommender is to those who train, evaluate, store and serve it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.affordable import top_affordable
from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import UNKNOWN, Attribute, Catalogue, Demographics, Interactions


class Source(StrEnum):
    """Where a part of a score comes from."""

    POPULARITY = "popularity"
    """How many people took the item, whoever they are."""
    DEMOGRAPHIC = "demographic"
    """How people of the same sex, age band, education … differ from everybody in taking it."""
    HISTORY = "history"
    """How people who took a certain item differ from everybody in taking it."""


@dataclass(frozen=True)
class Contribution:
    """One part of one score.

    Attributes:
        source: where it comes from.
        value: what it adds to the score, in the score's own unit (each model says which).
        traits: the group of people it comes from, as pairs of attribute and level, at least one known; empty unless the
            source is demographic.
        item: the item taken that it comes from; `UNKNOWN` unless the source is history.
    """

    source: Source
    value: float
    traits: tuple[tuple[str, str], ...] = ()
    item: int = UNKNOWN


@dataclass(frozen=True, eq=False)
class Recommendations:
    """The best items of each person, best first.

    Attributes:
        items: int32[people, top]; `UNKNOWN` fills the places that nothing fits.
        scores: float64[people, top]; minus infinity there.
    """

    items: NDArray[np.int32]
    scores: NDArray[np.float64]


class Recommender(ABC):
    """A fitted model: it cannot exist untrained, and does not change once trained.

    People are asked about with the demographics the model was trained with (`Demographics.encode(model.attributes, …)`) and with
    histories over the same catalogue. What a person gets depends on that person alone, to the bit: never on who else is
    asked about in the same call, nor on the order of people in training.

    A new model is a subclass that gives `name`, `fit`, `restored`, `parameters`, `arrays`, `_scores` and `_contributions`, and an
    entry in `store.MODELS`.

    Attributes:
        name: what the model is called in files and reports.
        attributes: what it knows of people, in the order of the columns it expects.
        item_count: number of items it scores.
    """

    name: ClassVar[str]
    attributes: tuple[Attribute, ...]
    item_count: int

    @classmethod
    @abstractmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        """Learn from people, row by row the same in both.

        Raises:
            ValueError: different numbers of people.
        """

    @classmethod
    @abstractmethod
    def restored(
        cls, *, attributes: tuple[Attribute, ...], parameters: Mapping[str, float], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        """The model whose `attributes`, `parameters` and `arrays` these are; it scores as that one did, to the bit.

        Raises:
            ValueError, KeyError: they are not those of such a model.
        """

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, float]:
        """The numbers that were set or chosen in training, by name."""

    @property
    @abstractmethod
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """All that was learnt, by name; names are Python identifiers."""

    def scores(self, demographics: Demographics, histories: Interactions) -> NDArray[np.float64]:
        """How well each item fits each person: float64[people, items], finite, higher is better.

        Holds 8 bytes for each person and item; ask for many people in blocks.

        Raises:
            ValueError: different numbers of people, other attributes or another number of items than in training.
        """
        self._check(demographics, histories)
        return self._scores(demographics, histories)

    def contributions(self, demographics: Demographics, histories: Interactions, *, item: int) -> tuple[Contribution, ...]:
        """The parts of one person's score for one item. Added from the first to the last they are the score, to the bit.

        Raises:
            ValueError: as for `scores`; not exactly one person; no such item.
        """
        self._check(demographics, histories)
        if demographics.people_count != 1:
            raise ValueError(f"contributions are of one person, not {demographics.people_count}")
        if not 0 <= item < self.item_count:
            raise ValueError(f"item must be 0 … {self.item_count - 1}, not {item}")
        return self._contributions(demographics, histories, item)

    def recommend(
        self,
        demographics: Demographics,
        histories: Interactions,
        *,
        catalogue: Catalogue,
        balances_idr: ArrayLike,
        allowed: NDArray[np.bool_],
        top: int = 10,
    ) -> Recommendations:
        """The best affordable items of each person, as `top_affordable` orders them; none that is in the person's history.

        Args:
            catalogue: the one the model was trained on, with today's prices.
            balances_idr: integer[people], whole rupiah, 0 or more.
            allowed: bool[items] for all alike or bool[people, items]: what may be recommended.
            top: at most this many each, 1 or more.

        Raises:
            ValueError: as for `scores` and `top_affordable`; a catalogue of another size.
        """
        scores = self.scores(demographics, histories)
        people = demographics.people_count
        balances = frozen_integers(balances_idr, np.int64, axes=1, name="balances_idr")
        if balances.size != people:
            raise ValueError(f"balances_idr must be of {people} people, not {balances.size}")
        if len(catalogue.codes) != self.item_count:
            raise ValueError(f"the catalogue must have {self.item_count} items, not {len(catalogue.codes)}")
        if allowed.shape not in {(self.item_count,), scores.shape}:
            raise ValueError(f"allowed must have the shape {(self.item_count,)} or {scores.shape}, not {allowed.shape}")
        everyone_allowed = np.broadcast_to(allowed, scores.shape)
        best = np.full((people, top), UNKNOWN, dtype=np.int32)
        best_scores = np.full(best.shape, -np.inf)
        for person in range(people):
            items = top_affordable(
                scores[person],
                catalogue=catalogue,
                balance_idr=int(balances[person]),
                owned=histories.of(person),
                allowed=everyone_allowed[person],
                top=top,
            )
            best[person, : items.size] = items
            best_scores[person, : items.size] = scores[person, items]
        return Recommendations(best, best_scores)

    @abstractmethod
    def _scores(self, demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        """`scores` of arguments that were checked."""

    @abstractmethod
    def _contributions(self, demographics: Demographics, histories: Interactions, item: int, /) -> tuple[Contribution, ...]:
        """`contributions` of arguments that were checked."""

    def _check(self, demographics: Demographics, histories: Interactions) -> None:
        check_people(histories, demographics)
        if demographics.attributes != self.attributes:
            raise ValueError("demographics must have the attributes and levels that the model was trained with")
        if histories.item_count != self.item_count:
            raise ValueError(f"histories must be over {self.item_count} items, not {histories.item_count}")


def check_people(interactions: Interactions, demographics: Demographics) -> None:
    """Raise ValueError where the two speak of different numbers of people."""
    if interactions.people_count != demographics.people_count:
        raise ValueError(
            f"interactions are of {interactions.people_count} people, but demographics of {demographics.people_count}"
        )
