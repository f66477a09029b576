"""Reading amounts of money as people write them, without ever guessing.

`371.000` is three hundred and seventy-one thousand in Indonesia and three hundred and seventy-one elsewhere. Where the text alone
decides, it is read: `371000`, `1.500.000`, `371.000,00`, `19.99`, `Rp 371.000,-`. Where it does not, it is refused, unless the
caller states which mark separates decimals.
"""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid
from bekal.core.money import MAX_IDR, convert_to_idr
from bekal.core.names import visible

_QUOTED_CHARACTERS: Final = 40
_CURRENCY: Final = re.compile(r"(?:rp\.?|idr)\s*(?=[0-9.,-])", re.IGNORECASE)
_SPACED: Final = re.compile(r"-?[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+(?=[.,][^.,]*\Z|\Z)")
_SPACE: Final = re.compile(r"[ \u00a0\u2009\u202f]")
_MARKED: Final = re.compile(r"[0-9]+|[0-9]*[.,][0-9.,]*")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")


class DecimalMark(StrEnum):
    """What separates decimals; the other mark separates thousands."""

    POINT = "point"
    COMMA = "comma"

    @property
    def character(self) -> str:
        """The mark itself."""
        return "." if self is DecimalMark.POINT else ","


class AmountMalformed(Invalid):
    """A text that is no amount."""

    code = "amount_malformed"
    message = _(
        "“{text}” is not an amount. Write digits, with decimals after a point or a comma if there are any: 371000 or 19.99."
    )


class AmountUnclear(Invalid):
    """A text that is two amounts: its only mark may separate thousands or decimals."""

    code = "amount_unclear"
    message = _(
        "“{text}” can be read as {small} or {large}. Write it without a separator for thousands, or state which mark separates"
        " decimals."
    )


class AmountNegative(Invalid):
    """Below zero, where nothing can be."""

    code = "amount_negative"
    message = _("“{text}” is below 0. An amount must not be.")


class AmountTooLarge(Invalid):
    """More than a ledger column holds."""

    code = "amount_too_large"
    message = _("“{text}” is more than an account can hold, {largest_idr}.")


def read_amount(text: str, *, decimal_mark: DecimalMark | None = None) -> Decimal:
    """A number of currency units, 0 or more, with or without `Rp` before it and separators for thousands in it.

    Args:
        decimal_mark: what separates decimals, where the caller knows.

    Raises:
        AmountUnclear: one mark with three digits behind it, which may separate thousands or decimals, and none was stated.
        AmountNegative: below zero.
        AmountMalformed: anything else.
    """
    quoted = _quoted(text)
    plain = _CURRENCY.sub("", visible(text).strip(), count=1)
    # Spaces separate thousands, or other marks do: `371.000 000` is no amount.
    if spaced := _SPACED.match(plain):
        plain = _SPACE.sub("", spaced[0]) + plain[spaced.end() :]
    if plain.startswith("-") and _MARKED.fullmatch(plain[1:]):
        raise AmountNegative(text=quoted)
    # The Indonesian way to say that there are no decimals: Rp371.000,-
    if plain.endswith((",-", ".-")):
        plain = plain[:-1] + "00"
    if not _MARKED.fullmatch(plain) or plain in {".", ","}:
        raise AmountMalformed(text=quoted)
    mark = _decimal_mark_in(plain, decimal_mark, quoted)
    whole, separator, fraction = plain.rpartition(mark) if mark in plain else (plain, "", "")
    thousands = "," if mark == "." else "."
    if thousands in fraction or mark in whole or (thousands in whole and not _GROUPED.fullmatch(whole)):
        raise AmountMalformed(text=quoted)
    return Decimal(f"{whole.replace(thousands, '') or '0'}{'.' if separator and fraction else ''}{fraction}")


def read_idr(text: str, *, rate: Decimal = Decimal(1), decimal_mark: DecimalMark | None = None) -> int:
    """Whole rupiah of an amount in some currency, half a rupiah rounding up.

    Args:
        rate: rupiah for one unit of that currency, above zero.
        decimal_mark: as of `read_amount`.

    Raises:
        AmountUnclear, AmountNegative, AmountMalformed: as `read_amount`.
        AmountTooLarge: more than an account can hold.
    """
    amount = read_amount(text, decimal_mark=decimal_mark)
    try:
        return convert_to_idr(price=f"{amount:f}", rate=rate)
    except ValueError as error:
        raise AmountTooLarge(text=_quoted(text), largest_idr=MAX_IDR) from error


def _decimal_mark_in(plain: str, stated: DecimalMark | None, quoted: str) -> str:
    """The mark that separates decimals in a text of digits and marks; where it has none, one that it does not hold."""
    if stated is not None:
        return stated.character
    marks = {mark for mark in ".," if mark in plain}
    if len(marks) == 2:
        return max(marks, key=plain.rindex)
    if not marks:
        return "."
    (mark,) = marks
    other = "," if mark == "." else "."
    if plain.count(mark) > 1:
        return other
    head, _mark, tail = plain.partition(mark)
    if len(tail) == 3 and 1 <= len(head.lstrip("0")) <= 3:
        small, large = f"{head}.{tail}".rstrip("0").rstrip("."), f"{head}{tail}"
        raise AmountUnclear(text=quoted, small=small.lstrip("0"), large=large.lstrip("0"))
    return mark


def _quoted(text: str) -> str:
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[: _QUOTED_CHARACTERS - 1]}…"
