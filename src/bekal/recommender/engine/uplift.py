"""What an arm of an experiment did to people, how sure that is, and when nothing may be concluded.

People were assigned to arms by chance and are counted in the arm they were assigned to, whatever they saw or did (intention to
treat). Everything here is about people as units: one row a person.

`difference` adjusts for what was known before the assignment with a regression of its own in each arm, centred on everybody,
which is the regression with all interactions of Lin ("Agnostic notes on regression adjustments to experimental data", Annals of
Applied Statistics 7(1), 2013); variances are HC2 (MacKinnon and White, Journal of Econometrics 29(3), 1985), degrees of freedom
Satterthwaite's. Without covariates this is exactly Welch's test. Binary outcomes are 0 and 1, their differences percentage points
(÷ 100).

`compare` concludes by one rule that is fixed before anything is seen, first match first:

| verdict | when |
|---|---|
| `not_yet` | the deadline has not passed: one look only, so that there is nothing to peek at, not even the estimate |
| `too_few` | an arm has fewer people than the least asked for, or fewer than 10 with or without a binary outcome |
| `underpowered` | the difference that would be found in 4 of 5 experiments is larger than the one of interest |
| `better`, `worse` | the p-value, Holm-corrected over all comparisons, is below 5 % |
| `not_shown` | otherwise |

An underpowered comparison concludes nothing even where its p-value is small: what such an experiment finds is exaggerated (Gelman
and Carlin, "Beyond power calculations", Perspectives on Psychological Science 9(6), 2014).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEAST_PER_ARM: Final = 400
POWER: Final = 0.8
_ERROR: Final = 0.05
_LEAST_OF_EACH_VALUE: Final = 10

Floats = NDArray[np.float64]


class Verdict(StrEnum):
    """What may be concluded; see the table above."""

    NOT_YET = "not_yet"
    TOO_FEW = "too_few"
    UNDERPOWERED = "underpowered"
    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True)
class Estimate:
    """A number, and its interval that holds the truth in 95 % of experiments."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference(Estimate):
    """Treated minus control, in the unit of the outcome.

    Attributes:
        standard_error: of `value`.
        freedom: degrees of freedom of the t distribution behind the interval.
        p_value: two-sided, of no difference; 1 where nobody differs from anybody.
        covariates: how many columns it is adjusted for.
    """

    standard_error: float
    freedom: float
    p_value: float
    covariates: int

    def minimum_detectable(self, *, tests: int = 1) -> float:
        """The true difference that would be found with 80 % power at 5 % divided by `tests`, with so many people as here."""
        reach = stats.t.ppf(1 - _ERROR / 2 / tests, self.freedom) + stats.t.ppf(POWER, self.freedom)
        return float(reach * self.standard_error)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is measured.

    Attributes:
        name: as reports call it.
        values: float64[people], finite; 0 and 1 where the outcome is binary.
        of_interest: the smallest difference that would matter, in the unit of the values, above 0. Fixed before the experiment.
        less_is_better: whether a lower value is the better one.
    """

    name: str
    values: Floats
    of_interest: float
    less_is_better: bool = False

    @property
    def is_binary(self) -> bool:
        return bool(np.isin(self.values, (0, 1)).all())


@dataclass(frozen=True)
class Comparison:
    """One outcome in one arm against another.

    Attributes:
        outcome, control, treated: names.
        people: how many are in the control arm and in the treated one.
        verdict: what may be concluded.
        minimum_detectable: at 80 % power, after correction for the number of comparisons; None with fewer than two people an arm.
        difference: treated minus control; None before the deadline and with fewer than two people an arm.
        p_holm: the corrected p-value; None where there is no difference.
    """

    outcome: str
    control: str
    treated: str
    people: tuple[int, int]
    verdict: Verdict
    minimum_detectable: float | None
    difference: Difference | None
    p_holm: float | None


def difference(values: Floats, treated: NDArray[np.bool_], covariates: Floats | None = None) -> Difference:
    """The mean difference between two arms, with its 95 % interval.

    Args:
        values: float64[people], finite.
        treated: bool[people]; two people or more in each arm.
        covariates: float64[people, columns], finite, all known before people were assigned. A column that an arm cannot tell from
            the columns before it, or in which fewer than 10 people of an arm differ from the commonest value, is left out; with
            fewer than 20 people an arm for each column, the last ones are.

    Raises:
        ValueError: any of this does not hold.
    """
    if values.ndim != 1 or treated.shape != values.shape or treated.dtype != np.bool_:
        raise ValueError("values and treated must be of the same people, numbers and booleans")
    if covariates is None:
        covariates = np.empty((values.size, 0))
    if covariates.ndim != 2 or len(covariates) != values.size:
        raise ValueError("covariates must have a row for each person")
    if not (np.isfinite(values).all() and np.isfinite(covariates).all()):
        raise ValueError("values and covariates must be finite")
    arms = [np.flatnonzero(~treated), np.flatnonzero(treated)]
    if min(arm.size for arm in arms) < 2:
        raise ValueError("each arm must have two people or more")
    # The origin changes no difference; from one of the values, constant outcomes are constant to the last bit.
    values = values - values[0]
    # Scaled, so that a column in rupiah and one in years are judged alike.
    used = covariates - covariates.mean(axis=0)
    used = used / np.maximum(np.abs(used).max(axis=0, initial=0.0), np.finfo(np.float64).tiny)
    used = used[:, _told_apart(used, arms)]
    (base, base_variance), (other, other_variance) = (_mean(values[arm], used[arm]) for arm in arms)
    spare = [arm.size - 1 - used.shape[1] for arm in arms]
    variance = base_variance + other_variance
    value = other - base
    if variance == 0:
        return Difference(value, value, value, 0.0, float(sum(spare)), float(value == 0), used.shape[1])
    freedom = variance**2 / (base_variance**2 / spare[0] + other_variance**2 / spare[1])
    error = float(np.sqrt(variance))
    reach = float(stats.t.ppf(1 - _ERROR / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, freedom))
    return Difference(value, value - reach, value + reach, error, freedom, p_value, used.shape[1])


def compare(
    outcomes: Sequence[Outcome],
    assigned: NDArray[np.int64],
    *,
    arms: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    today: date,
    deadline: date,
    covariates: Floats | None = None,
    least_per_arm: int = LEAST_PER_ARM,
) -> tuple[Comparison, ...]:
    """Compare pairs of arms on all outcomes, by the rule above.

    Args:
        outcomes: one or more, of the same people.
        assigned: int64[people], each a place in `arms`.
        arms: their names.
        pairs: control and treated, as places in `arms`; one or more. All of them times all outcomes are corrected for.
        today: the day of the analysis; the deadline must lie before it.
        deadline: the last day on which outcomes may change.
        covariates: as for `difference`.
        least_per_arm: 2 or more.

    Returns:
        Outcome by outcome, pair by pair.

    Raises:
        ValueError: any of this does not hold.
    """
    if not outcomes or not pairs or least_per_arm < 2:
        raise ValueError("one outcome and one pair of arms are needed, and two people or more an arm")
    if any(not 0 <= arm < len(arms) for pair in pairs for arm in pair) or any(one == other for one, other in pairs):
        raise ValueError("pairs must be of two different arms each")
    if assigned.size and not 0 <= assigned.min() <= assigned.max() < len(arms):
        raise ValueError("assigned must be places in arms")
    if any(outcome.values.shape != assigned.shape or outcome.of_interest <= 0 for outcome in outcomes):
        raise ValueError("outcomes must be of the people assigned, with a difference of interest above 0")
    found = [(outcome, pair, _estimated(outcome.values, assigned, pair, covariates)) for outcome in outcomes for pair in pairs]
    corrected = iter(holm([estimate.p_value for _, _, estimate in found if estimate]))
    tests = sum(estimate is not None for _, _, estimate in found)
    compared = []
    for outcome, (control, treated), estimate in found:
        in_pair = (outcome.values[assigned == control], outcome.values[assigned == treated])
        detectable = estimate.minimum_detectable(tests=tests) if estimate else None
        p_holm = next(corrected) if estimate else None
        is_few = any(_is_few(values, least=least_per_arm, is_binary=outcome.is_binary) for values in in_pair)
        verdict = Verdict.NOT_YET if today <= deadline else _verdict(outcome, estimate, p_holm, detectable, is_few=is_few)
        is_open = verdict is Verdict.NOT_YET
        compared.append(
            Comparison(
                outcome=outcome.name,
                control=arms[control],
                treated=arms[treated],
                people=(in_pair[0].size, in_pair[1].size),
                verdict=verdict,
                minimum_detectable=detectable,
                difference=None if is_open else estimate,
                p_holm=None if is_open else p_holm,
            )
        )
    return tuple(compared)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected so that the chance of any false finding stays below the level each is held against.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6(2), 1979.
    """
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable").tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


@dataclass(frozen=True)
class OffPolicy:
    """What a place would have earned, had another policy filled it.

    Attributes:
        ips: inverse propensity scoring (Horvitz and Thompson 1952): unbiased.
        snips: self-normalised (Swaminathan and Joachims, "The self-normalized estimator for counterfactual learning", NeurIPS
            2015): a little biased with few people, never outside the range of the rewards, and the same wherever their zero lies.
        effective: how many of the rows it comes down to, (Σ weights)² / Σ weights². Below a hundred or so, believe neither.
    """

    ips: Estimate
    snips: Estimate
    effective: float


def off_policy(rewards: Floats, *, logged: Floats, other: Floats, people: NDArray[np.int64]) -> OffPolicy:
    """Estimate the mean reward of the drawn place under another policy, from what was drawn for it.

    Only for the place that was drawn (`exploring.explore`), and a policy that draws among the same candidates.

    Args:
        rewards: float64[rows], what followed each showing, such as 1 for bought.
        logged: float64[rows], the probability with which the item shown was drawn, above 0, at most 1.
        other: float64[rows], the probability with which the other policy would have drawn that same item, 0 to 1.
        people: int64[rows], to whom it was shown. Rows of one person may hang together; those of two people are independent.

    Raises:
        ValueError: any of this does not hold; fewer than two people; the other policy draws nothing of what was shown.
    """
    if not rewards.shape == logged.shape == other.shape == people.shape or rewards.ndim != 1:
        raise ValueError("rewards, logged, other and people must be equally long")
    if not (np.isfinite(rewards).all() and ((logged > 0) & (logged <= 1)).all() and ((other >= 0) & (other <= 1)).all()):
        raise ValueError("rewards must be finite, logged above 0 and at most 1, other 0 to 1")
    _, clusters = np.unique(people, return_inverse=True)
    count = int(clusters.max(initial=-1)) + 1
    weights = other / logged
    total = float(weights.sum())
    if count < 2 or total == 0:
        raise ValueError("two people or more are needed, and one row that the other policy could have drawn")

    def estimate(value: float, residuals: Floats, scale: float) -> Estimate:
        # The variance of a sum over independent people, by Taylor for the ratio.
        of_people = np.bincount(clusters, weights=residuals, minlength=count)
        error = np.sqrt(count / (count - 1) * float(of_people @ of_people)) / scale
        reach = float(stats.t.ppf(1 - _ERROR / 2, count - 1) * error)
        return Estimate(value, value - reach, value + reach)

    ips = float((weights * rewards).mean())
    snips = float((weights * rewards).sum()) / total
    return OffPolicy(
        ips=estimate(ips, weights * rewards - ips, rewards.size),
        snips=estimate(snips, weights * (rewards - snips), total),
        effective=total**2 / float(weights @ weights),
    )


def _estimated(
    values: Floats, assigned: NDArray[np.int64], pair: tuple[int, int], covariates: Floats | None
) -> Difference | None:
    control, treated = pair
    of_pair = (assigned == control) | (assigned == treated)
    if min(np.count_nonzero(assigned == control), np.count_nonzero(assigned == treated)) < 2:
        return None
    return difference(values[of_pair], assigned[of_pair] == treated, None if covariates is None else covariates[of_pair])


def _is_few(values: Floats, *, least: int, is_binary: bool) -> bool:
    ones = int(np.count_nonzero(values))
    return values.size < least or (is_binary and min(ones, values.size - ones) < _LEAST_OF_EACH_VALUE)


def _verdict(
    outcome: Outcome, estimate: Difference | None, p_holm: float | None, detectable: float | None, *, is_few: bool
) -> Verdict:
    if is_few or estimate is None or p_holm is None or detectable is None:
        return Verdict.TOO_FEW
    if detectable > outcome.of_interest:
        return Verdict.UNDERPOWERED
    if p_holm >= _ERROR:
        return Verdict.NOT_SHOWN
    return Verdict.BETTER if (estimate.value < 0) == outcome.less_is_better else Verdict.WORSE


def _told_apart(columns: Floats, arms: Sequence[NDArray[np.int64]]) -> list[int]:
    """The columns that both arms can tell from those before."""
    room = min(arm.size for arm in arms) // 20
    # The directions that are taken in each arm, beginning with the mean.
    taken = [[np.full(arm.size, arm.size**-0.5)] for arm in arms]
    kept: list[int] = []
    for column in range(columns.shape[1]):
        rests = []
        for arm, directions in zip(arms, taken, strict=True):
            values = columns[arm, column]
            commonest = np.unique(values, return_counts=True)[1].max()
            rest = values
            for _ in range(2):  # twice is enough for orthogonality to the last bits
                for direction in directions:
                    rest = rest - (direction @ rest) * direction
            length = float(np.linalg.norm(rest))
            if arm.size - commonest >= _LEAST_OF_EACH_VALUE and length > 1e-8 * np.sqrt(arm.size):
                rests.append(rest / length)
        if len(rests) == len(arms) and len(kept) < room:
            kept.append(column)
            for rest, directions in zip(rests, taken, strict=True):
                directions.append(rest)
    return kept


def _mean(values: Floats, columns: Floats) -> tuple[float, float]:
    """The mean of one arm where every column is 0, and its HC2 variance."""
    design = np.column_stack([np.ones(values.size), columns])
    # Thin QR: leverages are the squared lengths of the rows of Q.
    q, r = np.linalg.qr(design)
    fitted = q.T @ values
    residuals = values - q @ fitted
    spread = residuals / np.sqrt(np.maximum(1 - (q * q).sum(axis=1), 1e-9))
    # The first row of R^-1 takes Q'values to the intercept.
    to_mean = np.linalg.inv(r)[0]
    influence = q @ to_mean
    return float(to_mean @ fitted), float((influence * spread) @ (influence * spread))
