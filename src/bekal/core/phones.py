"""Telephone numbers, which are the account numbers of e-wallets: one form (E.164) for one number."""

import re
from typing import Final

import phonenumbers

from bekal.core.names import clean_name

_COUNTRY: Final = "ID"
# The library would pass over letters and whatever else stands between digits.
_WRITTEN: Final = re.compile("[+]?[0-9 ().\u2010-\u2015-]+")


def e164(text: str) -> str | None:
    """`+62812…` for `0812…`, `62812…` and `+62 812-…`; None where the text is no possible number.

    One of another country must begin with `+` and its code.
    """
    plain = clean_name(text)
    if not _WRITTEN.fullmatch(plain):
        return None
    try:
        number = phonenumbers.parse(plain, _COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
