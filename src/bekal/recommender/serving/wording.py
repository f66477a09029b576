"""Reasons in the words of people."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from bekal.participants.models import Sex
from bekal.recommender.serving.people import level_label
from bekal.recommender.serving.reasons import Reason, ReasonCode


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
    if len(group) > 1:
        named = ", ".join(level_label(attribute, level) for attribute, level in group)
        return _("People like you ({group}) choose this more often").format(group=named)
    ((attribute, level),) = group
    label = level_label(attribute, level)
    match attribute:
        case "sex" if level in Sex:
            return _("Women choose this more often") if level == Sex.FEMALE else _("Men choose this more often")
        case "age_band" | "age":
            return _("People aged {group} choose this more often").format(group=label)
        case "education":
            return _("People who finished {group} choose this more often").format(group=label)
        case _:
            return _("People in {group} choose this more often").format(group=label)
