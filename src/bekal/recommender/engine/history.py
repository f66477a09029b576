"""Models that add one row of a square table for each item taken."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.arrays import frozen_floats
from bekal.recommender.engine.base import Contribution, Recommender, Source
from bekal.recommender.engine.data import Attribute, Demographics, Interactions
from bekal.recommender.engine.validation import People, chosen, folds

Setting = TypeVar("Setting")

_ONE_LENGTH: Final = np.zeros(1, dtype=np.int64)
"""The middle between no history and any."""


class HistoryModel(Recommender):
    """score(j | person) = Σ over items i taken, in their order, of effects[i, j]; without history, log P(j)."""

    def __init__(
        self,
        *,
        attributes: tuple[Attribute, ...],
        parameters: Mapping[str, float],
        log_popularity: NDArray[np.float64],
        effects: NDArray[np.float64],
    ) -> None:
        """Take what `fit` learnt.

        Args:
            log_popularity: float64[items], log P(item).
            effects: float64[items, items]: the row of an item taken is what it adds to the score of each.

        Raises:
            ValueError: they do not fit each other, or are not finite.
        """
        self._log_popularity = frozen_floats(log_popularity, axes=1, name="log_popularity")
        self._effects = frozen_floats(effects, axes=2, name="effects")
        self._parameters = dict(parameters)
        self.attributes = attributes
        self.item_count = self._log_popularity.size
        if self._effects.shape != (self.item_count, self.item_count):
            raise ValueError("effects must have one row and one column for each item")

    @classmethod
    def restored(
        cls, *, attributes: tuple[Attribute, ...], parameters: Mapping[str, float], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        return cls(attributes=attributes, parameters=parameters, **arrays)

    @property
    def parameters(self) -> Mapping[str, float]:
        return dict(self._parameters)

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {"log_popularity": self._log_popularity, "effects": self._effects}

    def _scores(self, _demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        scores = np.zeros((histories.people_count, self.item_count))
        for person in range(histories.people_count):
            # One after the other: their sum then depends on nothing but the history.
            for item in histories.of(person):
                scores[person] += self._effects[item]
        scores[histories.lengths == 0] = self._log_popularity
        return scores

    def _contributions(self, _demographics: Demographics, histories: Interactions, item: int, /) -> tuple[Contribution, ...]:
        taken = histories.of(0).tolist()
        if not taken:
            return (Contribution(Source.POPULARITY, float(self._log_popularity[item])),)
        return tuple(Contribution(Source.HISTORY, float(self._effects[each, item]), item=each) for each in taken)


def together(people: People) -> NDArray[np.float64]:
    """float64[items, items]: how many people took both; on the diagonal, how many took the item."""
    counts: NDArray[np.float64] = (people.matrix.T @ people.matrix).toarray()
    return counts


def best_by_history(
    people: People, settings: Sequence[Setting], effects: Callable[[NDArray[np.float64], Setting], NDArray[np.float64]]
) -> Setting:
    """The setting under which histories predict best what followed, of people who were left out.

    Args:
        effects: float64[items, items], what each item taken adds to the score of each, from `together` and a setting.
    """
    divided = folds(people, middles=_ONE_LENGTH)
    asked = [fold.asked[1] for fold in divided]
    counts = [together(fold.learnt) for fold in divided]

    def predicted(setting: Setting) -> Iterator[NDArray[np.float32]]:
        for questions, each in zip(asked, counts, strict=True):
            yield (questions.shown @ effects(each, setting)).astype(np.float32)

    return chosen(settings, asked, predicted)
