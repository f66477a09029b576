"""Whether a model may be published: does it harm any group of people, beside the list that everybody gets alike?

Two rules, for each attribute (sex, age band, education, province) and each case, over groups with enough people:

1. *No group is served worse than by popularity.* The upper bound of the mean of (model - popularity), in NDCG, must not lie
   below a small loss. Below it, the loss is certain.
2. *No group is left behind.* The gap between two groups is the distance between their mean NDCG. It widens by (gap under the
   model - gap under popularity). Where it certainly widens by more than the limit, the group that lags under the model must gain
   itself: the lower bound of its mean of (model - popularity) must lie above 0. Then the gap is shown; otherwise the model is
   refused. So more for everybody is no harm where it is more for some. An attribute may have hundreds of pairs of groups, so the
   lower bounds of its pairs hold all at once (the maximum of the studentised deviations, by drawing people; Romano and Wolf,
   "Exact and approximate stepdown methods for multiple hypothesis testing", JASA 100, 2005).

Where balances are known, what is measured within them is judged: nobody is served by what cannot be bought. What is seen of
smaller groups is reported and judged by nobody. It is also reported, for each group, how the two models spread what they show
over the catalogue, and what it costs: these have no limits, somebody must look at them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import UNKNOWN
from bekal.recommender.engine.evaluation.bootstrap import drawn_means
from bekal.recommender.engine.evaluation.dataset import Dataset
from bekal.recommender.engine.evaluation.evaluate import Evaluation, Measured

BASELINE: Final = "popularity"


class Rule(StrEnum):
    """What a model can fail by."""

    GROUP_WORSE_OFF = "group_worse_off"
    GAP_WIDER = "gap_wider"
    """A gap widens, and the group that lags does not certainly gain."""
    TOO_FEW_PEOPLE = "too_few_people"
    """No group has enough people to be judged, so nothing is known."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model is held to.

    Attributes:
        loss: how far below popularity a group may certainly be, NDCG, 0 or more.
        widening: by how much a gap may certainly widen, NDCG, 0 or more.
        least_people: groups with fewer people are reported only, 1 or more.
        confidence: of the bounds, one-sided, above .5 and below 1.

    Raises:
        ValueError: out of range.
    """

    loss: float = 0.005
    widening: float = 0.01
    least_people: int = 200
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.loss < 0 or self.widening < 0 or self.least_people < 1 or not 0.5 < self.confidence < 1:
            raise ValueError("loss and widening must be 0 or more, least_people 1 or more, confidence above .5 and below 1")


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a model shows to a group.

    Attributes:
        coverage: the share of the catalogue that anybody of the group is shown.
        gini: how unequally it is shown: 0 where every item is shown equally often, near 1 where it is always the same few.
        mean_price: of what is shown and has a price, currency units; None where nothing has.
    """

    coverage: float
    gini: float
    mean_price: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A group in a case.

    Attributes:
        attribute: empty for everybody.
        level: empty for everybody.
        n: people.
        judged: whether it has enough of them.
        model: mean NDCG under the model.
        popularity: mean NDCG under popularity.
        lower, upper: the bounds of their difference, each one-sided.
        exposure: of the model.
        popularity_exposure: of popularity.
    """

    case: str
    attribute: str
    level: str
    n: int
    judged: bool
    model: float
    popularity: float
    lower: float
    upper: float
    exposure: Exposure
    popularity_exposure: Exposure

    @property
    def difference(self) -> float:
        """Mean of (model - popularity)."""
        return self.model - self.popularity

    @property
    def gains(self) -> bool:
        """Whether it is certainly served better than by popularity."""
        return self.lower > 0


@dataclass(frozen=True, slots=True)
class Gap:
    """The distance between two groups that are judged.

    Attributes:
        levels: of the attribute, ascending.
        lagging: the level that is served worse under the model.
        lagging_gains: whether that group certainly gains nevertheless.
        model: under the model, NDCG.
        popularity: under popularity, NDCG.
        lower: the lower bound of (model - popularity), for all pairs of the attribute at once.
    """

    case: str
    attribute: str
    levels: tuple[str, str]
    lagging: str
    lagging_gains: bool
    model: float
    popularity: float
    lower: float

    @property
    def widening(self) -> float:
        """Gap under the model less gap under popularity."""
        return self.model - self.popularity


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a model fails, or what is shown beside a verdict.

    Attributes:
        levels: the group, or the two groups, ascending; empty for everybody.
        lagging: of two groups the one that is served worse under the model.
        measured: the difference or the widening, NDCG; the number of people where these are too few.
        bound: what is certain of it.
        limit: what was allowed.
    """

    rule: Rule
    case: str
    attribute: str
    levels: tuple[str, ...]
    measured: float
    bound: float
    limit: float
    lagging: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may be published, and all that this rests on.

    Attributes:
        limits: what it was held to.
        reasons: why not; empty where it may.
        shown: gaps that certainly widen past the limit although the group that lags gains.
        standings: every group of every case, everybody first.
        gaps: every pair of judged groups.
    """

    limits: Limits
    reasons: tuple[Reason, ...]
    shown: tuple[Reason, ...]
    standings: tuple[Standing, ...]
    gaps: tuple[Gap, ...]

    @property
    def passed(self) -> bool:
        return not self.reasons


def judge(
    data: Dataset, evaluation: Evaluation, *, model: str, limits: Limits | None = None, attributes: Sequence[str] | None = None
) -> Verdict:
    """Hold a model that was measured beside popularity to the limits.

    Args:
        evaluation: of people who were not learnt from, with the models `model` and `popularity`.
        limits: the defaults of `Limits` without it.
        attributes: which ones are judged; all that the data have without it.

    Raises:
        ValueError: one of the two was not measured, or there is no such attribute.
    """
    held_to = limits or Limits()
    names = [attribute.name for attribute in data.demographics.attributes]
    if unknown := set(attributes or ()) - set(names):
        raise ValueError(f"the data have no attribute {min(unknown)}")
    chosen = [name for name in names if attributes is None or name in attributes]
    standings: list[Standing] = []
    gaps: list[Gap] = []
    for case, measured in evaluation.first.items():
        if not {model, BASELINE} <= measured.models.keys():
            raise ValueError(f"both {model} and {BASELINE} must have been measured")
        found, between = _case(data, case, measured, model=model, limits=held_to, attributes=chosen)
        standings += found
        gaps += between
    widened = [gap for gap in gaps if gap.lower > held_to.widening]
    return Verdict(
        limits=held_to,
        reasons=(
            *_losses(standings, held_to),
            *(_widening(gap, held_to) for gap in widened if not gap.lagging_gains),
        ),
        shown=tuple(_widening(gap, held_to) for gap in widened if gap.lagging_gains),
        standings=tuple(standings),
        gaps=tuple(gaps),
    )


def _case(
    data: Dataset, case: str, measured: Measured, *, model: str, limits: Limits, attributes: Sequence[str]
) -> tuple[list[Standing], list[Gap]]:
    groups = list(_groups(data, measured, attributes))
    of = np.stack([rows for *_, rows in groups], axis=1)
    ndcg = {name: measured.models[name].ndcg for name in (model, BASELINE)}
    values = np.hstack([np.repeat(ndcg[name][:, None], len(groups), axis=1) for name in (model, BASELINE)])
    draws = drawn_means(values, measured.people, of=np.hstack([of, of]))
    drawn = {model: draws[:, : len(groups)], BASELINE: draws[:, len(groups) :]}
    standings = []
    for column, (attribute, level, rows) in enumerate(groups):
        gains = drawn[model][:, column] - drawn[BASELINE][:, column]
        n = int(np.unique(measured.people[rows]).size)
        standings.append(
            Standing(
                case=case,
                attribute=attribute,
                level=level,
                n=n,
                judged=n >= limits.least_people,
                model=float(ndcg[model][rows].mean()),
                popularity=float(ndcg[BASELINE][rows].mean()),
                lower=float(np.nanquantile(gains, 1 - limits.confidence)),
                upper=float(np.nanquantile(gains, limits.confidence)),
                exposure=_exposure(data, measured.models[model].items[rows]),
                popularity_exposure=_exposure(data, measured.models[BASELINE].items[rows]),
            )
        )
    gaps: list[Gap] = []
    for attribute in attributes:
        columns = [column for column, each in enumerate(standings) if each.judged and each.attribute == attribute]
        gaps += _gaps(standings, columns, drawn[model], drawn[BASELINE], limits.confidence)
    return standings, gaps


def _groups(data: Dataset, measured: Measured, attributes: Sequence[str]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Everybody, then each level that occurs: bool[rows] says who belongs to it."""
    yield "", "", np.ones(measured.people.size, dtype=np.bool_)
    for column, attribute in enumerate(data.demographics.attributes):
        if attribute.name in attributes:
            codes = data.demographics.codes[measured.people, column]
            for code in np.unique(codes[codes != UNKNOWN]).tolist():
                yield attribute.name, attribute.levels[code], codes == code


def _gaps(
    standings: Sequence[Standing],
    columns: Sequence[int],
    model: NDArray[np.float64],
    popularity: NDArray[np.float64],
    confidence: float,
) -> list[Gap]:
    """Every pair of these groups, with lower bounds that hold for all of them at once."""
    pairs = list(combinations(columns, 2))
    if not pairs:
        return []
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    point = {
        side: np.array([getattr(standings[column], side) for column in range(len(standings))]) for side in ("model", "popularity")
    }
    gap = {side: np.abs(means[one] - means[other]) for side, means in point.items()}
    widening = gap["model"] - gap["popularity"]
    drawn = np.abs(model[:, one] - model[:, other]) - np.abs(popularity[:, one] - popularity[:, other])
    spread = drawn.std(axis=0)
    deviations = np.divide(drawn - widening, spread, out=np.zeros_like(drawn), where=spread > 0)
    lower = widening - float(np.quantile(deviations.max(axis=1), confidence)) * spread
    found = []
    for place, (first, second) in enumerate(pairs):
        lagging = min(standings[first], standings[second], key=lambda each: each.model)
        found.append(
            Gap(
                case=lagging.case,
                attribute=lagging.attribute,
                levels=(standings[first].level, standings[second].level),
                lagging=lagging.level,
                lagging_gains=lagging.gains,
                model=float(gap["model"][place]),
                popularity=float(gap["popularity"][place]),
                lower=float(lower[place]),
            )
        )
    return found


def _exposure(data: Dataset, items: NDArray[np.int32]) -> Exposure:
    shown = items[items != UNKNOWN]
    counts = np.sort(np.bincount(shown, minlength=data.prices.size))
    total = int(counts.sum())
    places = np.arange(1, counts.size + 1)
    prices = data.prices[shown]
    priced = prices[prices != UNKNOWN]
    return Exposure(
        coverage=float((counts > 0).mean()),
        gini=float(2 * (places * counts).sum() / (counts.size * total) - (counts.size + 1) / counts.size) if total else 0.0,
        mean_price=float(priced.mean()) if priced.size else None,
    )


def _losses(standings: Sequence[Standing], limits: Limits) -> Iterator[Reason]:
    everybody: Mapping[str, Standing] = {each.case: each for each in standings if not each.attribute}
    if not any(each.judged for each in everybody.values()):
        most = max(everybody.values(), key=lambda each: each.n)
        yield Reason(Rule.TOO_FEW_PEOPLE, most.case, "", (), most.n, most.n, limits.least_people)
    for each in standings:
        if each.judged and each.upper < -limits.loss:
            levels = (each.level,) if each.attribute else ()
            yield Reason(Rule.GROUP_WORSE_OFF, each.case, each.attribute, levels, each.difference, each.upper, -limits.loss)


def _widening(gap: Gap, limits: Limits) -> Reason:
    return Reason(Rule.GAP_WIDER, gap.case, gap.attribute, gap.levels, gap.widening, gap.lower, limits.widening, gap.lagging)
