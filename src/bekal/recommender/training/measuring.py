"""How good and how fair a model is for people whom it did not learn from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Final

from django.conf import settings

from bekal.recommender.engine import Bekal, Demographics, Interactions, Popularity
from bekal.recommender.engine.evaluation.dataset import Dataset
from bekal.recommender.engine.evaluation.evaluate import Evaluation, evaluate
from bekal.recommender.engine.evaluation.fairness import BASELINE, Limits, Reason, Rule, Verdict, judge
from bekal.recommender.engine.evaluation.figures import figures
from bekal.recommender.engine.evaluation.splits import REST, NobodyToAsk, Split, by_people
from bekal.recommender.engine.evaluation.summary import Summary, summaries
from bekal.recommender.training.readying import readied
from bekal.recommender.training.worth import Asking

PLACES: Final = 10
"""How many recommendations count."""
NEWCOMERS: Final = "0"
_TEST_SHARE: Final = 0.2
_MOST_ASKED: Final = 50_000
"""More people held out make the figures no surer and the measurement long."""

_MOST_ALIKE: Final = 3
"""So many reasons of one kind are told; 34 provinces have 561 gaps."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out.

    Attributes:
        metrics: by name; empty where too few people bought anything to hold some of them out.
        is_fair: the verdict; None where too few people could be asked about to judge anything.
        fairness: the verdict with all that it rests on, as JSON takes it; None where nobody could be asked about.
    """

    metrics: Mapping[str, float]
    is_fair: bool | None
    fairness: Mapping[str, Any] | None


def measure(data: Dataset, *, asking: Asking | None) -> Findings:
    """Hold out a fifth of the people, learn from the others, and compare with popularity.

    In the case `0` nothing that they bought is seen, in the case `rest` everything but the last purchase. Where it is known what
    they had to spend, only what that could buy then is a candidate, and this is what the gate judges.

    Args:
        asking: for whom courses are held back, as they will be in what serves.
    """
    split = _split(data)
    if split is None:
        return Findings({}, None, None)

    def served(interactions: Interactions, demographics: Demographics) -> Bekal:
        learnt = Bekal.fit(interactions, demographics)
        return readied(learnt, interactions=interactions, demographics=demographics, asking=asking)[0]

    models = {Bekal.name: served, BASELINE: Popularity.fit}
    evaluation = evaluate(data, [split], models, k=PLACES)
    verdict = judge(data, evaluation, model=Bekal.name, limits=limits())
    is_judged = not any(reason.rule is Rule.TOO_FEW_PEOPLE for reason in verdict.reasons)
    return Findings(_metrics(data, evaluation), verdict.passed if is_judged else None, as_json(verdict, evaluation))


def limits() -> Limits:
    """What a model is held to, from the settings."""
    return Limits(**settings.BEKAL_FAIRNESS_LIMITS)


def _split(data: Dataset) -> Split | None:
    people = data.interactions.people_count
    share = min(_TEST_SHARE, _MOST_ASKED / max(people, 1))
    for cases in ((NEWCOMERS, REST), (NEWCOMERS,)):
        try:
            (split,) = by_people(data, visible=cases, test_share=share, min_items=1, seeds=(0,))
        except NobodyToAsk:
            continue
        return split
    return None


def _metrics(data: Dataset, evaluation: Evaluation) -> dict[str, float]:
    found: dict[str, float] = {}
    for case, measured in evaluation.first.items():
        for name, figure in figures(data, measured).items():
            found[f"{name}_ndcg_{case}"] = figure.ndcg
        found[f"people_{case}"] = measured.people.size
        if measured.left_out is not None:
            found[f"targets_{case}"] = measured.left_out.targets
            found[f"targets_left_out_{case}"] = measured.left_out.unaffordable + measured.left_out.without_balance
            for name, rankings in evaluation.cases[case].models.items():
                found[f"{name}_ndcg_{case}_whatever_it_costs"] = float(rankings.ndcg.mean())
    return found


def as_json(verdict: Verdict, evaluation: Evaluation) -> dict[str, Any]:
    """The verdict; of pairs of groups, of which there may be hundreds, only those whose gap certainly widens past the limit."""
    left_out = {case: each.left_out for case, each in evaluation.first.items()}
    return {
        "passed": verdict.passed,
        "reasons": list(_in_words(verdict.reasons)),
        "shown": list(_in_words(verdict.shown, is_shown=True)),
        "summaries": [_summarised(each) for each in summaries(verdict)],
        "left_out": {case: None if each is None else asdict(each) for case, each in left_out.items()},
        "limits": asdict(verdict.limits),
        "standings": [_known(asdict(standing)) for standing in verdict.standings],
        "gaps": [
            _known(asdict(gap)) | {"levels": list(gap.levels)} for gap in verdict.gaps if gap.lower > verdict.limits.widening
        ],
    }


def _summarised(summary: Summary) -> dict[str, Any]:
    """A summary with its two groups by level and gain."""
    ends = {
        name: None if each is None else {"attribute": each.attribute, "level": each.level, "gain": each.difference}
        for name, each in (("least", summary.least), ("most", summary.most))
    }
    return {**asdict(summary), **ends}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with None for a number that is none: the bound of a group of which some draws have nobody."""
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in values.items()}


def _in_words(reasons: Sequence[Reason], *, is_shown: bool = False) -> Iterator[str]:
    """Each reason; of many of one rule, case and attribute the most certain ones, and how many more there are."""
    alike: dict[tuple[str, str, str], list[Reason]] = {}
    for reason in reasons:
        alike.setdefault((reason.rule, reason.case, reason.attribute), []).append(reason)
    for (_, case, attribute), found in alike.items():
        found.sort(key=lambda reason: -abs(reason.bound - reason.limit))
        yield from (in_words(reason, is_shown=is_shown) for reason in found[:_MOST_ALIKE])
        if len(found) > _MOST_ALIKE:
            yield f"case {case}, {attribute}: and {len(found) - _MOST_ALIKE} more like these"


def in_words(reason: Reason, *, is_shown: bool = False) -> str:
    """Why a model fails, for the person who wanted to publish it; or what is only shown, since whoever lags gains too."""
    group = f"{reason.attribute} {' / '.join(reason.levels)}" if reason.levels else "everybody"
    gains = "gains too" if is_shown else "does not certainly gain"
    match reason.rule:
        case Rule.TOO_FEW_PEOPLE:
            return f"only {reason.measured:.0f} people could be asked about; {reason.limit:.0f} are needed to judge anything"
        case Rule.GROUP_WORSE_OFF:
            return (
                f"case {reason.case}, {group}: NDCG {reason.measured:+.4f} against popularity,"
                f" certainly below {reason.bound:+.4f} (allowed: {reason.limit:+.4f})"
            )
        case Rule.GAP_WIDER:
            return (
                f"case {reason.case}, {group}: the gap widens by {reason.measured:.4f}, certainly by more than {reason.bound:.4f}"
                f" (allowed: {reason.limit:.4f}), and {reason.lagging}, which lags, {gains}"
            )
