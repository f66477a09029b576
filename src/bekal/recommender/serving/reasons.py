"""Why a training is shown: which parts of its score say more than that it is popular. Knows no database and no language."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from bekal.recommender.engine import Demographics, Interactions
from bekal.recommender.engine.tables import Tables

_LEAST_SHARE: Final = 0.1
"""A group or an earlier training is named only where it makes a tenth of the score or more."""

SEX: Final = "sex"
_RANKS: Final = {"education": 1, "age_band": 2, "age": 2, "province": 3}
_OTHER_RANK: Final = 4
_SEX_RANK: Final = 5


class ReasonCode(StrEnum):
    """What kind of reason it is. Programs compare these."""

    POPULAR = "popular"
    """Many take it, whoever they are."""
    GROUP = "group"
    """People of the same sex, age band, education, province, or of two of these, take it more often than everybody."""
    AFTER = "after"
    """People who took a training that this person took, take it more often than others of their kind with as much to spend."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        code: its kind.
        group: pairs of attribute and level, for GROUP; else empty.
        after: the code of the earlier training, for AFTER; else None.
        share: what part of the score it makes; above 1 where other parts speak against the training.
    """

    code: ReasonCode
    group: tuple[tuple[str, str], ...] = ()
    after: str | None = None
    share: float = 1.0

    def __str__(self) -> str:
        """`popular`, `group:sex=F+age_band=25-29` or `after:T-17`."""
        parts = "+".join(f"{attribute}={level}" for attribute, level in self.group) or self.after
        return f"{self.code}:{parts}" if parts else str(self.code)


def reasons(
    items: Sequence[int], *, person: Demographics, history: Interactions, tables: Tables, codes: Sequence[str], most: int = 2
) -> list[tuple[Reason, ...]]:
    """What speaks for each of these items, at most `most` reasons, at least that it is popular.

    In the order in which people accept them: what they took, education, age, region, anything else known of them; within one of
    these the stronger first. An earlier training is named only where people who took it take the item more often than their
    groups and balances explain (`Tables.follows`), and sex only where there is no other reason and the item is not popular
    either. The model's score is a sum of rows of its tables, so its parts are exactly those rows.

    Args:
        person, history: one row each, as the tables were asked about.
        codes: of the items of the tables.
    """
    parts_of = tables.parts(person, history)
    taken, groups = parts_of.taken, [tables.layout.traits(int(row)) for row in parts_of.groups]
    ranks = np.array([*map(_rank, groups), *np.zeros(taken.size, dtype=np.int64)], dtype=np.int64)
    parts = parts_of.of(tables, np.array(items, dtype=np.int64)).astype(np.float64)
    told = np.ones(parts.shape, dtype=np.bool_)
    told[0] = False  # the row of everybody
    for place, each in enumerate(taken.tolist()):
        told[len(groups) + place] = tables.follows(each)[list(items)]
    found = []
    for values, is_told, score in zip(parts.T, told.T, parts.sum(axis=0), strict=True):
        notable = is_told & (values > 0) & (values >= _LEAST_SHARE * abs(score))
        if (notable & (ranks < _SEX_RANK)).any() or values[0] > 0:
            notable &= ranks < _SEX_RANK
        best = np.flatnonzero(notable)
        best = best[np.lexsort((-values[best], ranks[best]))[:most]]
        shares = values / score if score > 0 else np.ones(values.size)
        found.append(
            tuple(
                Reason(ReasonCode.GROUP, group=groups[part], share=float(shares[part]))
                if part < len(groups)
                else Reason(ReasonCode.AFTER, after=codes[taken[part - len(groups)]], share=float(shares[part]))
                for part in best
            )
            or (Reason(ReasonCode.POPULAR),)
        )
    return found


def _rank(group: tuple[tuple[str, str], ...]) -> int:
    """The place of a group in the order of reasons: that of its best attribute, sex apart."""
    return min((_RANKS.get(name, _OTHER_RANK) for name, _ in group if name != SEX), default=_SEX_RANK)
