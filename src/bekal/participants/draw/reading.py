"""Reading the lines of a draw's applications, of which what the rule asks for is kept: some 20 bytes each."""

import json
import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from bekal.participants.draw import form
from bekal.participants.draw.rule import Rows

_ROW: Final = re.compile(
    rb'\{"commitment":"[0-9a-f]{64}",(?:"household":([1-9][0-9]{0,8}),"left":([0-9]{1,2}),)?"number":([1-9][0-9]{0,9}),'
    rb'"pools":(\[[A-Z",]*\])\}'
)
_MOST_OF_A_KIND: Final = 5


@dataclass
class Findings:
    """What does not follow; of each kind the first five, since a line that is missing moves all that come after it."""

    shown: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, *, kind: str = "") -> None:
        self.kinds[kind] += 1
        if self.kinds[kind] <= _MOST_OF_A_KIND or not kind:
            self.shown.append(text)


class RowReader:
    """Reads the lines of applications and keeps what the rule asks for."""

    def __init__(self, header: Mapping[str, Any], found: Findings) -> None:
        self.found = found
        self.texts: dict[bytes, int] = {}
        self.pools_of: list[tuple[int, ...]] = []
        self.combination = array("h")
        self.carrying, self.household, self.left = array("i"), array("i"), array("h")
        self._places = {pool["pool"]: place for place, pool in enumerate(header["pools"][:-1])}

    def read(self, lines: Sequence[bytes]) -> None:
        match, texts, keep = _ROW.fullmatch, self.texts, self.combination.append
        for number, line in enumerate(lines, start=len(self.combination) + 1):
            parts = match(line)
            if parts is None:
                keep(0)
                self.found.add(f"line {number + 1}: it is not written as an application is", kind="row")
                continue
            household, left, stated, pools = parts.groups()
            combination = texts.get(pools)
            if combination is None:
                combination = self._new_combination(pools, number)
            keep(combination)
            if household is not None:
                self.carrying.append(number)
                self.household.append(int(household))
                self.left.append(int(left))
            if int(stated) != number:
                before = "is given twice" if int(stated) < number else "stands where another must"
                self.found.add(f"line {number + 1}: number {int(stated)} {before}; it is the place of {number}", kind="number")

    def _new_combination(self, text: bytes, number: int) -> int:
        try:
            letters = json.loads(text)
            places = tuple(self._places[each] for each in letters)
            if form.pools_text(letters).encode() != text or sorted(set(places)) != list(places):
                raise ValueError(text)
        except (ValueError, KeyError, TypeError):
            self.found.add(f"line {number + 1}: {text.decode()} is no list of pools of the header in its order", kind="pools")
            places = ()
        self.texts[text] = len(self.pools_of)
        self.pools_of.append(places)
        return len(self.pools_of) - 1

    def rows(self) -> Rows:
        household = np.zeros(len(self.combination), dtype=np.int32)
        left = np.zeros(len(self.combination), dtype=np.int16)
        at = np.array(self.carrying, dtype=np.int64) - 1
        household[at], left[at] = self.household, self.left
        return Rows(
            pools_of=self.pools_of or [()],
            combination=np.frombuffer(self.combination, dtype=np.int16),
            household=household,
            left=left,
        )
