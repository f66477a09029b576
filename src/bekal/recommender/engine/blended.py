"""Bekal's own model: for each history length a blend of linear models, chosen by validation and rounded once to whole numbers.

    score(item | person) = 2^-shift × (Σ over the person's groups of their rows + Σ over the history of the items' rows
                                       + Σ over the last few of that history of the items' second rows)

The partners of a blend are what groups like (`tastes`), what follows what more often than that lets expect (`lifts`), the ridge
of `ridge` in both views, item neighbours, with and without regard to order, what directly follows what was taken last, and
EASE; `blending` chooses among them. What is served is `tables`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.base import Contribution, Recommender, Source, check_people
from bekal.recommender.engine.blending import Blend, Chosen, blends
from bekal.recommender.engine.data import Attribute, Demographics, Interactions
from bekal.recommender.engine.partners import Autoencoder, Groups, Lately, Learnt, Lifted, Logit, Neighbours, Partner, Ridge
from bekal.recommender.engine.tables import Layout, Tables
from bekal.recommender.engine.validation import People, folds

LENGTHS: Final = (0, 1, 2, 3, 5, 10, 20, 40, 80, 160)
"""The history lengths that may be served; a person is served by the nearest."""
LEAST_PEOPLE: Final = 30
"""A length is served where at least so many took more than that; length 1 wherever anybody did."""
_MOST_ENTRIES: Final = 400_000_000
"""At most so many numbers (of 4 bytes) are kept for history; the shorter lengths come first."""


class Bekal(Recommender):
    """Scores have no unit: they rank, and 0 is the mean of all items for each person. All sums are of whole numbers, so they are
    exact.

    Attributes:
        tables: what is served, with what is held back by.
        held_back: int32[items], 0 or less: what is added to an item's sums, whoever is asked about, so that it is not shown to
            too many people (`recommender.training.exposure`). Zeros after `fit`.
    """

    name = "bekal"

    def __init__(self, *, tables: Tables, parameters: Mapping[str, float], held_back: NDArray[np.int32] | None = None) -> None:
        """Take what `fit` learnt, and what holds items back."""
        self._learnt = tables
        self.held_back = frozen_integers(
            np.zeros(tables.item_count, dtype=np.int32) if held_back is None else held_back, np.int32, axes=1, name="held_back"
        )
        if self.held_back.size != tables.item_count or self.held_back.max(initial=0) > 0:
            raise ValueError(f"held_back must be {tables.item_count} numbers, each 0 or less")
        self.tables = tables.offset(self.held_back) if self.held_back.any() else tables
        self.attributes = tables.layout.attributes
        self.item_count = tables.item_count
        self._parameters = dict(parameters)

    @classmethod
    def fit(cls, interactions: Interactions, demographics: Demographics) -> Self:
        check_people(interactions, demographics)
        people = People.of(interactions, demographics)
        lengths = _served(people)
        lengths_array = np.array(lengths, dtype=np.int64)
        divided = folds(people, middles=(lengths_array[:-1] + lengths_array[1:]) // 2)
        found = blends(divided, Layout(demographics.attributes), lengths=lengths, is_ordered=people.is_ordered)
        return cls(tables=_tables(Learnt(people, found.layout), found), parameters=_stated(found.blends))

    @classmethod
    def restored(
        cls, *, attributes: tuple[Attribute, ...], parameters: Mapping[str, float], arrays: Mapping[str, NDArray[Any]]
    ) -> Self:
        stated = dict(parameters)
        crosses = tuple((int(first), int(second)) for first, second in arrays["crosses"])
        tables = Tables(
            layout=Layout(attributes, crosses),
            lengths=tuple(int(length) for length in arrays["lengths"]),
            groups=arrays["groups"],
            history=arrays["history"],
            spans=tuple(int(span) for span in arrays["spans"]),
            shift=int(stated.pop("shift")),
            supported=arrays["supported"],
        )
        return cls(tables=tables, parameters=stated, held_back=arrays["held_back"])

    def holding_back(self, held_back: NDArray[np.int32]) -> Self:
        """The same model with other numbers in `held_back`.

        Raises:
            ValueError: not one for each item, above 0, or below -2^29.
        """
        return type(self)(tables=self._learnt, parameters=self._parameters, held_back=held_back)

    @property
    def parameters(self) -> Mapping[str, float]:
        return {**self._parameters, "shift": float(self.tables.shift)}

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {
            "lengths": np.array(self.tables.lengths, dtype=np.int32),
            "crosses": np.array(self.tables.layout.crosses, dtype=np.int32).reshape(-1, 2),
            "groups": self._learnt.groups,
            "held_back": self.held_back,
            "history": self.tables.history,
            "spans": np.array(self.tables.spans, dtype=np.int32),
            "supported": self.tables.supported,
        }

    def _scores(self, demographics: Demographics, histories: Interactions, /) -> NDArray[np.float64]:
        return np.ldexp(self.tables.sums(demographics, histories).astype(np.float64), -self.tables.shift)

    def _contributions(self, demographics: Demographics, histories: Interactions, item: int, /) -> tuple[Contribution, ...]:
        parts = self.tables.parts(demographics, histories)
        values = np.ldexp(parts.of(self.tables, np.array([item]))[:, 0].astype(np.float64), -self.tables.shift).tolist()
        groups = [
            Contribution(Source.DEMOGRAPHIC if row else Source.POPULARITY, value, self.tables.layout.traits(row))
            for row, value in zip(parts.groups.tolist(), values, strict=False)
        ]
        taken = zip(parts.taken.tolist(), values[len(groups) :], strict=True)
        return (*groups, *(Contribution(Source.HISTORY, value, item=each) for each, value in taken))


def _served(people: People) -> tuple[int, ...]:
    """0, and those lengths for which there are enough people to learn from, and room: none for more than 20,000 items."""
    more = [(length, int((people.taken.lengths > length).sum())) for length in LENGTHS[1:]]
    served = [length for length, count in more if count >= LEAST_PEOPLE or (length == 1 and count)]
    room = _MOST_ENTRIES // max(people.taken.item_count**2, 1)
    if people.is_ordered:
        # There may be second rows, at all lengths but 1.
        room = max(room // 2, min(room, 1))
    return (0, *served[:room])


def _tables(learnt: Learnt, found: Chosen) -> Tables:
    chosen = found.blends
    items = learnt.people.taken.item_count
    spans = [max((partner.span for partner, _ in blend.weights if isinstance(partner, Lately)), default=0) for blend in chosen]
    spans = spans if any(spans) else []
    groups = np.zeros((len(chosen), learnt.layout.row_count, items))
    history = np.zeros((len(chosen) - 1, items * (2 if spans else 1), items))
    for place, blend in enumerate(chosen):
        for partner, weight in blend.weights:
            effects = learnt.effects(partner)
            if effects.groups is not None:
                groups[place] += weight * effects.groups
            if effects.history is not None:
                first = items if isinstance(partner, Lately) else 0
                history[place - 1, first : first + items] += weight * effects.history
        learnt.forget()
    # Adding a number to a whole row changes no ranking. So 0 can be made to mean something: the mean training, for everybody.
    if items:
        groups -= groups.mean(axis=2, keepdims=True)
        history -= history.mean(axis=2, keepdims=True)
    lengths = [blend.length for blend in chosen]
    return Tables.rounded(
        layout=learnt.layout,
        lengths=lengths,
        groups=groups,
        history=history,
        spans=spans,
        supported=learnt.supported(found.tastes) if len(chosen) > 1 else None,
    )


def _stated(chosen: Sequence[Blend]) -> dict[str, float]:
    """What was chosen, by names that sort by length."""
    stated: dict[str, float] = {}
    for blend in chosen:
        for partner, weight in blend.weights:
            name = f"{blend.length:03}.{_name(partner)}"
            stated[f"{name}.weight"] = weight
            match partner:
                case Ridge():
                    stated[f"{name}.item_penalty"] = partner.item_penalty
                    stated[f"{name}.group_penalty"] = partner.group_penalty
                    stated[f"{name}.weight_power"] = partner.weight_power
                case Lately(span, shrinkage):
                    stated[f"{name}.span"] = float(span)
                    stated[f"{name}.shrinkage"] = shrinkage
                case Neighbours(neighbourhood):
                    stated[f"{name}.shrinkage"] = neighbourhood.shrinkage
                    stated[f"{name}.neighbours"] = float(neighbourhood.neighbours)
                case Lifted(prior=prior):
                    stated[f"{name}.prior"] = prior
                case Autoencoder(penalty) | Logit(penalty=penalty):
                    stated[f"{name}.penalty"] = penalty
    return stated


def _name(partner: Partner) -> str:
    match partner:
        case Ridge(view=view):
            return f"ridge_{view}"
        case Neighbours(is_directed=is_directed):
            return "item_knn_in_order" if is_directed else "item_knn"
        case Lately():
            return "what_follows"
        case Autoencoder():
            return "ease"
        case Lifted(is_directed=is_directed):
            return "lift_in_order" if is_directed else "lift"
        case Logit(starts_from_bayes=starts_from_bayes):
            return "logit_from_bayes" if starts_from_bayes else "logit"
        case Groups(has_levels=has_levels):
            return "naive_bayes" if has_levels else "popularity"
