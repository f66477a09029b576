"""Reasons in the words of people."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from bekal.recommender.serving.people import level_label
from bekal.recommender.serving.reasons import SEX, Reason, ReasonCode


def in_words(reason: Reason, *, titles: Mapping[str, str]) -> str:
    """A reason in the active language.

    Args:
        titles: of the trainings that reasons may name, by code.
    """
    match reason.code:
        case ReasonCode.POPULAR:
            return _("Popular with participants")
        case ReasonCode.AFTER:
            return _("People who learnt “{title}” often choose this").format(title=titles[reason.after or ""])
        case ReasonCode.GROUP:
            return _group_in_words(reason.group)


def _group_in_words(group: tuple[tuple[str, str], ...]) -> str:
    """Of a group by sex, what else it has in common: nobody likes to be told that women choose this."""
    named = [(attribute, level) for attribute, level in group if attribute != SEX]
    if not named:
        return _("People like you choose this more often")
    if len(group) > 1:
        labels = ", ".join(level_label(attribute, level) for attribute, level in named)
        return _("People like you ({group}) choose this more often").format(group=labels)
    ((attribute, level),) = group
    label = level_label(attribute, level)
    match attribute:
        case "age_band" | "age" if level.endswith("-"):
            return _("People aged {age} and over choose this more often").format(age=level.removesuffix("-"))
        case "age_band" | "age":
            return _("People aged {group} choose this more often").format(group=label)
        case "education":
            return _("People who finished {group} choose this more often").format(group=label)
        case _:
            return _("People in {group} choose this more often").format(group=label)
