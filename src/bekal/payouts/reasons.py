"""Why a bank or e-wallet sent a payment back, in words. The codes are those of ISO 20022, which banks answer with."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_WORDS: Final[Mapping[str, Promise]] = {
    "AC01": _("the account number is not right"),
    "AC04": _("the account was closed"),
    "AC06": _("the account is blocked"),
    "AG01": _("the account cannot receive this kind of payment"),
    "AM14": _("the account cannot hold this much"),
    "BE01": _("the account is in another name"),
}


_OF_THE_ACCOUNT: Final = frozenset({"AC01", "AC04", "AC06", "AG01", "BE01"})
"""An account that sent a payment back for one of these would send back the next one too."""


def needs_another_account(code: str) -> bool:
    """Whether a channel's word for a rejection means that the account cannot be paid to."""
    return code in _OF_THE_ACCOUNT


def reason_in_words(code: str) -> str:
    """What a channel's word for a rejection means, to be put after "because"; the word itself where nobody knows it."""
    known = _WORDS.get(code)
    return str(known) if known is not None else gettext("the bank or e-wallet answered “{code}”").format(code=code)
