"""Reading the lines of a draw's applications, of which what the rule asks for is kept: some 20 bytes each."""

import gzip
import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from bekal.ledger.seals import merkle
from bekal.ledger.seals.merkle import BLOCK_LEAVES
from bekal.participants.draw import form
from bekal.participants.draw.rule import Array, Rows
from bekal.participants.draw.spreading import spread

_ROW: Final = re.compile(
    rb'\{"commitment":"[0-9a-f]{64}",(?:"household":([1-9][0-9]{0,8}),"left":([0-9]{1,2}),)?"number":([1-9][0-9]{0,9}),'
    rb'"pools":(\[[A-Z",]*\])\}'
)
_MOST_OF_A_KIND: Final = 5
GZIP_BEGINS: Final = b"\x1f\x8b"


@dataclass
class Findings:
    """What does not follow; of each kind the first five, since a line that is missing moves all that come after it."""

    shown: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, *, kind: str = "") -> None:
        self.kinds[kind] += 1
        if self.kinds[kind] <= _MOST_OF_A_KIND or not kind:
            self.shown.append(text)


@dataclass(frozen=True, slots=True)
class BlockRead:
    """What was read of a block of lines.

    Attributes:
        first: the number of its first row.
        leaves: of all its lines, one after the other; `root` is that over them.
        texts: the lists of pools that stand in it, `pools_of` their places in the header; `combination` says which one a row has.
        carrying: the numbers of rows with a household, with its token in `household` and the places `left` in it.
        findings: what is wrong with it, with its kind.
    """

    first: int
    leaves: bytes
    root: bytes
    texts: list[bytes]
    pools_of: list[tuple[int, ...]]
    combination: Array
    carrying: Array
    household: Array
    left: Array
    findings: list[tuple[str, str]]


def read_blocks(blocks: Iterable[bytes], *, header: Mapping[str, Any], count: int) -> Iterator[BlockRead]:
    """Read blocks of up to 4,096 lines, plain or as gzip, the first of which begins with the header's line.

    Args:
        count: how many rows there are, about.
    """
    letters = tuple(pool["pool"] for pool in header["pools"][:-1])
    calls = ((block, place * BLOCK_LEAVES, letters) for place, block in enumerate(blocks))
    yield from spread(read_block, calls, count=count // BLOCK_LEAVES + 1)


def read_block(content: bytes, start: int, letters: Sequence[str]) -> BlockRead:
    """Read a block of lines.

    Args:
        start: the index of its first leaf; 0 is the header's.
        letters: of the pools of the header, in order, without the general one.
    """
    lines = (gzip.decompress(content) if content.startswith(GZIP_BEGINS) else content).split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    hashed = [form.leaf_of(line) for line in lines]
    reader = _Reader(letters)
    first = max(start, 1)
    reader.read(lines[first - start :], first)
    return BlockRead(
        first=first,
        leaves=b"".join(hashed),
        root=merkle.root(hashed),
        texts=list(reader.texts),
        pools_of=reader.pools_of,
        combination=np.frombuffer(reader.combination, dtype=np.int16),
        carrying=np.array(reader.carrying, dtype=np.int64),
        household=np.array(reader.household, dtype=np.int32),
        left=np.array(reader.left, dtype=np.int16),
        findings=reader.findings,
    )


def rows_of(blocks: Sequence[BlockRead], found: Findings) -> Rows:
    """Put together what was read of all blocks, and what is wrong with them."""
    known: dict[bytes, int] = {}
    pools_of: list[tuple[int, ...]] = []
    combinations: list[Array] = []
    for block in blocks:
        for text, pools in zip(block.texts, block.pools_of, strict=True):
            if text not in known:
                known[text] = len(pools_of)
                pools_of.append(pools)
        here = np.array([known[text] for text in block.texts] or [0], dtype=np.int16)
        combinations.append(here[block.combination])
        for finding, kind in block.findings:
            found.add(finding, kind=kind)
    combination = np.concatenate([np.empty(0, dtype=np.int16), *combinations])
    household, left = np.zeros(len(combination), dtype=np.int32), np.zeros(len(combination), dtype=np.int16)
    for block in blocks:
        household[block.carrying - 1], left[block.carrying - 1] = block.household, block.left
    return Rows(pools_of=pools_of or [()], combination=combination, household=household, left=left)


class _Reader:
    """Reads the rows of a block and keeps what the rule asks for."""

    def __init__(self, letters: Sequence[str]) -> None:
        self.findings: list[tuple[str, str]] = []
        self.texts: dict[bytes, int] = {}
        self.pools_of: list[tuple[int, ...]] = []
        self.combination = array("h")
        self.carrying, self.household, self.left = array("i"), array("i"), array("h")
        self._places = {letters: place for place, letters in enumerate(letters)}

    def read(self, lines: Sequence[bytes], first: int) -> None:
        match, texts, keep = _ROW.fullmatch, self.texts, self.combination.append
        for number, line in enumerate(lines, start=first):
            parts = match(line)
            if parts is None:
                keep(self._combination(b"[]", number))
                self.findings.append((f"line {number + 1}: it is not written as an application is", "row"))
                continue
            household, left, stated, pools = parts.groups()
            combination = texts.get(pools)
            keep(self._combination(pools, number) if combination is None else combination)
            if household is not None:
                self.carrying.append(number)
                self.household.append(int(household))
                self.left.append(int(left))
            if int(stated) != number:
                before = "is given twice" if int(stated) < number else "stands where another must"
                text = f"line {number + 1}: number {int(stated)} {before}; it is the place of {number}"
                self.findings.append((text, "number"))

    def _combination(self, text: bytes, number: int) -> int:
        if text in self.texts:
            return self.texts[text]
        try:
            letters = json.loads(text)
            places = tuple(self._places[each] for each in letters)
            if form.pools_text(letters).encode() != text or sorted(set(places)) != list(places):
                raise ValueError(text)
        except (ValueError, KeyError, TypeError):
            finding = f"line {number + 1}: {text.decode()} is no list of pools of the header in its order"
            self.findings.append((finding, "pools"))
            places = ()
        self.texts[text] = len(self.pools_of)
        self.pools_of.append(places)
        return len(self.pools_of) - 1
