"""A verdict in a few lines: how many groups were judged, how many gain, and for whom a model does least and most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bekal.recommender.engine.evaluation.fairness import Standing, Verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """The groups of one attribute in one case, or of all of them; everybody together is no group here.

    Attributes:
        attribute: empty for all attributes.
        groups: that occur.
        judged: of them, those with enough people.
        gaining: of these, those that are certainly served better than by popularity.
        losing: of these, those that are certainly served worse, however little.
        least, most: of these, those with the smallest and the largest gain; None where none is judged.
        widened: pairs of them whose gap certainly widens past the limit.
    """

    case: str
    attribute: str
    groups: int
    judged: int
    gaining: int
    losing: int
    least: Standing | None
    most: Standing | None
    widened: int


def summaries(verdict: Verdict) -> tuple[Summary, ...]:
    """Of each case all groups together, then those of each attribute."""
    return tuple(_summaries(verdict))


def _summaries(verdict: Verdict) -> Iterator[Summary]:
    for case in dict.fromkeys(each.case for each in verdict.standings):
        groups = [each for each in verdict.standings if each.case == case and each.attribute]
        for attribute in ("", *dict.fromkeys(each.attribute for each in groups)):
            of = [each for each in groups if attribute in {"", each.attribute}]
            gaps = [each for each in verdict.gaps if each.case == case and attribute in {"", each.attribute}]
            yield _summary(case, attribute, of, widened=sum(each.lower > verdict.limits.widening for each in gaps))


def _summary(case: str, attribute: str, groups: Sequence[Standing], *, widened: int) -> Summary:
    judged = [each for each in groups if each.judged]
    return Summary(
        case=case,
        attribute=attribute,
        groups=len(groups),
        judged=len(judged),
        gaining=sum(each.gains for each in judged),
        losing=sum(each.upper < 0 for each in judged),
        least=min(judged, key=lambda each: each.difference, default=None),
        most=max(judged, key=lambda each: each.difference, default=None),
        widened=widened,
    )
