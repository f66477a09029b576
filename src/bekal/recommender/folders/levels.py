"""Columns of a table about people, as attributes a model can learn from."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from bekal.core.amounts import DecimalMark, read_amount
from bekal.core.errors import Invalid
from bekal.recommender.engine.data import age_band

AGE_COLUMN: Final = "age"
SEX_COLUMN: Final = "sex"
BANDS: Final = 8
"""Into how many bands of about equally many people a column of numbers is cut."""
MOST_NUMBER_LEVELS: Final = 40
"""A column with up to so many different numbers is taken for codes, such as those of provinces, and not cut."""
MOST_LEVELS: Final = 200
LEAST_PEOPLE: Final = 5
"""A column with more levels than `MOST_LEVELS` keeps the most frequent, of at least so many people each."""
_LEAST_NUMBERS: Final = 0.9
"""The share of numbers among the known values of a column from which on the others are taken for unreadable numbers."""
_LEAST_AGES: Final = 0.5
"""The same of a column named `age`, which can hardly be anything else."""


_THOUSANDS: Final = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_SEXES: Final = {
    "F": ("f", "female", "woman", "perempuan", "wanita", "pr", "w"),
    "M": ("m", "male", "man", "laki-laki", "laki laki", "laki", "lelaki", "pria", "lk", "l"),
}
"""The levels of the platform, and how files write them. `P` is one or the other, by the letter that stands beside it."""


class LevelRefused(ValueError):
    """A value that would silently become a group of its own."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as levels.

    Attributes:
        values: of each person, None where nothing is known.
        notes: what was done to it, for people to read.
    """

    values: tuple[str | None, ...]
    notes: tuple[str, ...] = ()


def levels_of(name: str, texts: Sequence[str], *, decimal_mark: DecimalMark | None = None) -> Column:
    """The levels of each person, from the cells of a column. An empty one is unknown.

    Under `age` whole years become the bands of `age_band`, and under `sex` what files write becomes `F` or `M`. Other columns of
    many different numbers are cut at their quantiles.

    Args:
        decimal_mark: what separates decimals in numbers, where that is known.

    Raises:
        LevelRefused: a sex that is neither; an age, or a number to be cut, that can be read in two ways.
    """
    if name.lower() == SEX_COLUMN:
        return _sexes(texts)
    is_age = name.lower() == AGE_COLUMN
    known = [text for text in texts if text]
    numbers = {text: number for text in set(known) if (number := _number(text, decimal_mark)) is not None}
    readable = sum(text in numbers for text in known)
    if not known or readable < (_LEAST_AGES if is_age else _LEAST_NUMBERS) * len(known):
        return _frequent(name, texts)
    if decimal_mark is None and (is_age or len(numbers) > MOST_NUMBER_LEVELS):
        _refuse_thousands(known)
    notes = []
    if readable < len(known):
        notes.append(f"column {name}: {len(known) - readable} values are no numbers and count as unknown")
    if is_age:
        bands = {text: age_band(int(number)) for text, number in numbers.items() if number >= 0}
    elif len(numbers) <= MOST_NUMBER_LEVELS:
        return _frequent(name, texts)
    else:
        bands = _quantile_bands([numbers[text] for text in known if text in numbers], numbers)
        notes.append(f"column {name}: {len(numbers)} different numbers became {len(set(bands.values()))} bands")
    return Column(tuple(bands.get(text) for text in texts), tuple(notes))


def _sexes(texts: Sequence[str]) -> Column:
    known = {way: level for level, ways in _SEXES.items() for way in ways}
    said = {text: text.casefold() for text in set(texts) if text}
    # perempuan beside laki-laki, pria beside wanita
    letters = {"l", "w"} & set(said.values())
    if len(letters) == 1:
        known["p"] = "F" if letters == {"l"} else "M"
    if unknown := sorted(text for text, plain in said.items() if plain not in known):
        ways = "; ".join(f"{level}: {', '.join(ways)}" for level, ways in _SEXES.items())
        raise LevelRefused(
            f"{unknown[0]} is no known sex; write F or M, leave it empty where nobody knows, or write one of {ways}"
        )
    notes = [
        f"column {SEX_COLUMN}: {text} counts as {known[plain]}" for text, plain in sorted(said.items()) if text not in _SEXES
    ]
    return Column(tuple(known[said[text]] if text else None for text in texts), tuple(notes))


def _quantile_bands(numbers: Sequence[float], texts: dict[str, float]) -> dict[str, str | None]:
    """The band of each text: from one quantile to below the next, named so that bands sort as their numbers do."""
    quantiles = np.quantile(np.array(numbers), np.linspace(0, 1, BANDS + 1)[1:-1], method="inverted_cdf")
    # Where many have the least number, they are a band of their own.
    least = min(numbers)
    cuts = np.unique(np.maximum(quantiles, min(number for number in numbers if number > least)))
    ends = ["", *(f"{cut:g}" for cut in cuts), ""]
    names = [f"{place + 1}: {first}…{last}" for place, (first, last) in enumerate(pairwise(ends))]
    return {text: names[int(np.searchsorted(cuts, number, side="right"))] for text, number in texts.items()}


def _frequent(name: str, texts: Sequence[str]) -> Column:
    counts = Counter(text for text in texts if text)
    if len(counts) <= MOST_LEVELS:
        return Column(tuple(text or None for text in texts))
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    kept = {level for level in ranked[:MOST_LEVELS] if counts[level] >= LEAST_PEOPLE}
    lost = sum(count for level, count in counts.items() if level not in kept)
    note = f"column {name}: {len(counts)} different values; the {len(kept)} most frequent are used, {lost} people's are not"
    return Column(tuple(text if text in kept else None for text in texts), (note,))


def _refuse_thousands(texts: Sequence[str]) -> None:
    """Refuse numbers whose points may separate thousands, whatever the points of others do."""
    if (text := next((text for text in texts if _THOUSANDS.fullmatch(text)), None)) is not None:
        raise LevelRefused(
            f"the points in numbers such as {text} may separate thousands; leave them out, or state what they mean"
        )


def _number(text: str, decimal_mark: DecimalMark | None) -> float | None:
    try:
        if decimal_mark is not None:
            sign, plain = (-1, text[1:]) if text.startswith("-") else (1, text)
            return sign * float(read_amount(plain, decimal_mark=decimal_mark))
        number = float(text)
    except (ValueError, Invalid):
        return None
    return number if np.isfinite(number) else None
