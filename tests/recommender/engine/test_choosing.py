import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.recommender.engine import NO_FLOOR, UNKNOWN, Catalogue, Choosing, best_list, best_use_of_balance
from bekal.recommender.engine.choosing import offered
from tests.recommender.engine.exact import enumerated

PRICES_IDR = (0, 50, 200_000, 258_000, 371_000)


@dataclass(frozen=True)
class Asked:
    """One person, and what there is."""

    utilities: list[int]
    prices_idr: list[int]
    topics: list[int]
    levels: list[int]
    topics_are_broad: bool
    owned: list[int]
    allowed: list[bool]
    balance_idr: int

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(
            tuple(f"c{item:02}" for item in range(len(self.prices_idr))),
            np.array(self.prices_idr, np.int64),
            np.array(self.topics, np.int32),
            np.array(self.levels, np.int8),
            self.topics_are_broad,
        )

    @property
    def arguments(self) -> dict[str, Any]:
        return {
            "catalogue": self.catalogue,
            "balance_idr": self.balance_idr,
            "owned": self.owned,
            "allowed": np.array(self.allowed, np.bool_),
        }

    def is_offered(self, item: int) -> bool:
        if not self.allowed[item] or self.prices_idr[item] > self.balance_idr or item in self.owned:
            return False
        alike = [self.levels[other] for other in self.owned if self.topics[other] == self.topics[item] != UNKNOWN]
        if self.topics_are_broad or not alike:
            return True
        return self.levels[item] != UNKNOWN and max(alike) != UNKNOWN and self.levels[item] == 1 + max(alike)

    def gain(self, item: int, eta: int) -> int:
        return eta * self.prices_idr[item] // self.balance_idr if self.balance_idr else 0

    def listed(self, choosing: Choosing, top: int) -> list[int]:
        eta = choosing.list_eta if self.owned else 0
        items = [item for item in range(len(self.utilities)) if self.is_offered(item)]
        items.sort(key=lambda item: (-self.utilities[item] - self.gain(item, eta), self.prices_idr[item], item))
        found: list[int] = []
        for item in items:
            met = [self.topics[other] for other in found]
            if self.topics_are_broad or self.topics[item] == UNKNOWN or self.topics[item] not in met:
                found.append(item)
        return found[:top]

    def bundled(self, choosing: Choosing) -> tuple[int, int, tuple[int, ...]]:
        values = [
            utility + self.gain(item, choosing.eta) if self.is_offered(item) and utility >= choosing.floor else 0
            for item, utility in enumerate(self.utilities)
        ]
        catalogue = self.catalogue
        return enumerated(
            np.array(values, np.int64),
            catalogue.prices_idr,
            catalogue.topics,
            balance_idr=self.balance_idr,
            most=choosing.parts,
        )


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    count = draw(st.integers(0, 9))

    def each(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=count, max_size=count))

    return Asked(
        utilities=each(st.integers(-4, 4)),
        prices_idr=each(st.sampled_from(PRICES_IDR)),
        topics=each(st.integers(UNKNOWN, 2)),
        levels=each(st.integers(UNKNOWN, 2)),
        topics_are_broad=draw(st.booleans()),
        owned=draw(st.lists(st.integers(0, count - 1), unique=True, max_size=3)) if count else [],
        allowed=each(st.sampled_from((True, True, True, False))),
        balance_idr=draw(st.sampled_from((0, 49, 50, 258_000, 600_000, 1_000_000))),
    )


choosings = st.builds(
    Choosing,
    parts=st.integers(0, 4),
    eta=st.sampled_from((0, 3, 1_000)),
    list_eta=st.sampled_from((0, 3, 1_000)),
    floor=st.sampled_from((NO_FLOOR, -1, 2)),
)


@given(questions(), choosings, st.integers(1, 9))
def test_shown_is_what_all_lists_and_all_sets_say(asked: Asked, choosing: Choosing, top: int) -> None:
    utilities = np.array(asked.utilities, np.int64)
    found = best_list(utilities, choosing=choosing, top=top, **asked.arguments)
    assert found.tolist() == asked.listed(choosing, top)
    bundle = best_use_of_balance(utilities, choosing=choosing, **asked.arguments)
    assert (bundle.utility, bundle.price_idr, bundle.items) == asked.bundled(choosing)


def offered_of(topics: list[int], levels: list[int], owned: list[int], **changes: bool) -> list[int]:
    count = len(topics)
    catalogue = Catalogue(
        tuple(f"c{item}" for item in range(count)),
        np.ones(count, np.int64),
        np.array(topics, np.int32),
        np.array(levels, np.int8),
        **changes,
    )
    found: list[int] = offered(catalogue, balance_idr=1, owned=owned, allowed=np.arange(count) != 1).tolist()
    return found


def test_of_an_owned_topic_only_the_next_level_is_on_offer() -> None:
    topics, levels = [5, 5, 5, 5, 5, 6, UNKNOWN], [0, 1, 1, 2, UNKNOWN, 0, 0]
    assert offered_of(topics, levels, []) == [0, 2, 3, 4, 5, 6]
    assert offered_of(topics, levels, [0]) == [2, 5, 6]
    # What is owned and no longer for sale counts too, and the highest of what is owned.
    assert offered_of(topics, levels, [0, 1]) == [3, 5, 6]
    assert offered_of(topics, levels, [3]) == [5, 6]


def test_after_an_unknown_level_nothing_more_of_the_topic_is_on_offer() -> None:
    assert offered_of([5, 5, 5, 6], [UNKNOWN, 0, 0, 0], [0]) == [3]
    # A known one beside it says where the person stands.
    assert offered_of([5, 5, 5, 6], [UNKNOWN, 0, 1, 0], [0, 1]) == [2, 3]


def test_an_unknown_topic_and_a_broad_one_hide_nothing() -> None:
    assert offered_of([UNKNOWN, UNKNOWN, UNKNOWN], [0, 0, 0], [0]) == [2]
    assert offered_of([5, 5, 5], [0, 0, 0], [0], topics_are_broad=True) == [2]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"parts": 5}, "parts must be 0 … 4, not 5"),
        ({"parts": -1}, "parts must be 0 … 4, not -1"),
        ({"eta": -1}, "eta must be 0 … 549755813888, not -1"),
        ({"list_eta": 2**30}, "list_eta must be 0 … 1073741823, not 1073741824"),
        ({"floor": -(2**31) - 1}, "floor must be -2147483648 … 2147483647, not -2147483649"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, int], says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        Choosing(**{"parts": 2, "eta": 1} | changes)
