"""A model's verdict for people: whether it passes and why, who was judged, what both models show, then the groups."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_MANY_LEVELS: Final = 12
"""An attribute of more levels, such as 34 provinces, is one line."""

Fairness = Mapping[str, Any]
"""A verdict as it is kept with a model."""


def verdict_lines(name: str, *, fairness: Fairness | None, refused: Sequence[str]) -> list[str]:
    """What is printed of a verdict.

    Args:
        fairness: None where nobody could be held out.
        refused: why the gate refuses; empty where it does not.
    """
    if not refused:
        verdict = f"{name} passes the gate: no group is certainly worse off than with the list of what is popular"
    else:
        verdict = f"{name} does NOT pass the gate"
    lines = [verdict, *(f"refused: {reason}" for reason in refused)]
    if fairness is None:
        return lines
    lines += [f"shown: {reason}" for reason in fairness["shown"]]
    return [*lines, *_judged(fairness), "", *_exposures(fairness), "", *_groups(fairness)]


def _judged(fairness: Fairness) -> Iterator[str]:
    least_people = fairness["limits"]["least_people"]
    for each in fairness["summaries"]:
        if not each["attribute"]:
            yield (
                f"case {each['case']}: {each['judged']} of {each['groups']} groups have {least_people} people or more and are"
                f" judged; {each['gaining']} certainly gain, {each['losing']} certainly lose"
            )
    for case, left_out in fairness["left_out"].items():
        if left_out is not None:
            yield (
                f"case {case}: only what each balance could buy then is a candidate; of {left_out['targets']} targets,"
                f" {left_out['unaffordable']} cost more and are left out, and {left_out['without_balance']} of people whose"
                " balance nobody knows"
            )


def _exposures(fairness: Fairness) -> Iterator[str]:
    yield f"{'case':<6}{'what is shown by':<20}{'catalogue':>10}{'Gini':>8}{'mean price':>14}"
    for standing in fairness["standings"]:
        if not standing["attribute"]:
            for name, exposure in (("the model", standing["exposure"]), ("popularity", standing["popularity_exposure"])):
                yield f"{standing['case']:<6}{name:<20}{_shown(exposure)}"


def _shown(exposure: Mapping[str, Any]) -> str:
    price = exposure["mean_price"]
    return f"{exposure['coverage']:>10.1%}{exposure['gini']:>8.3f}{'-' if price is None else f'{price:,.0f}':>14}"


def _groups(fairness: Fairness) -> Iterator[str]:
    columns = ("model", "popular", "gains", "at least", "at most")
    yield f"{'case':<6}{'group':<28}{'people':>8}{''.join(f'{name:>10}' for name in columns)}"
    many = {(each["case"], each["attribute"]): each for each in fairness["summaries"] if each["groups"] > _MANY_LEVELS}
    said = set()
    for standing in fairness["standings"]:
        key = (standing["case"], standing["attribute"])
        if key not in many or not standing["attribute"]:
            yield _row(standing)
        elif key not in said:
            said.add(key)
            yield _summary(many[key])


def _row(standing: Mapping[str, Any]) -> str:
    group = f"{standing['attribute']} {standing['level']}" if standing["attribute"] else "everybody"
    numbers = (
        f"{standing['model']:.4f}",
        f"{standing['popularity']:.4f}",
        f"{standing['model'] - standing['popularity']:+.4f}",
        *("-" if standing[name] is None else f"{standing[name]:+.4f}" for name in ("lower", "upper")),
    )
    return (
        f"{standing['case']:<6}{group:<28}{standing['n']:>8}{''.join(f'{number:>10}' for number in numbers)}"
        f"{'' if standing['judged'] else '  too few people to judge'}"
    )


def _summary(summary: Mapping[str, Any]) -> str:
    found = f"{summary['case']:<6}{summary['attribute']}: {summary['groups']} groups, {summary['judged']} judged"
    if not summary["judged"]:
        return found
    least, most = summary["least"], summary["most"]
    return (
        f"{found}; gains from {least['gain']:+.4f} ({least['level']}) to {most['gain']:+.4f} ({most['level']});"
        f" {summary['gaining']} certainly gain, {summary['losing']} certainly lose"
    )
