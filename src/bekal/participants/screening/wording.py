"""Why an application was refused or withheld, and what the person can do about it, in words."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bekal.participants.errors import NotEligible
from bekal.programmes.definition import load_definition

LISTED: Final = "listed"

_MENDED: Final[Mapping[str, Promise]] = {
    "to_be_verified": _("Check on the page of your application what you typed, and correct it if it is wrong."),
    "identity_refused": _(
        "Have your data corrected at the population registry (Dukcapil), then send them once more from the page of your"
        " application."
    ),
    "too_young": _("You can apply to a later wave once you are old enough."),
    "excluded_occupation": _("If that is not what you do, please tell the programme office."),
    "household_full": _("Nothing is wrong with your data: the places of your family card are taken."),
}


def reason_in_words(reason: str, programme: str) -> str:
    """Why somebody is not eligible, as a sentence; the reason itself where nobody has put it into words.

    Args:
        reason: a code of screening, such as `too_young` or `listed:civil_servant`.
        programme: the code of the programme, whose definition names its lists.
    """
    rule, _colon, code = reason.partition(":")
    if rule == LISTED and (names := _names(programme, code)):
        return gettext("You are on this list of people to whom the programme is not open: {list}.").format(list=names[0])
    return str(NotEligible.messages.get(rule, reason))


def mend_in_words(reason: str, programme: str) -> str:
    """What the person can do about it; empty where nothing can be done."""
    rule, _colon, code = reason.partition(":")
    if rule == LISTED and (names := _names(programme, code)):
        return gettext("If that is a mistake, have it corrected by who keeps the list: {source}.").format(source=names[1])
    return str(_MENDED.get(rule, ""))


def _names(programme: str, code: str) -> tuple[str, str] | None:
    language = get_language() or "id"
    for exclusion in load_definition(programme).eligibility.exclusions:
        if exclusion.code == code:
            return exclusion.name.in_language(language), exclusion.source.in_language(language)
    return None
