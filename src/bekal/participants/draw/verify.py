"""Checking a draw by its published files alone, without any database.

Everything is computed again from what the files say, a few thousand lines at a time: of an application only what the rule asks
for is kept, some 20 bytes.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any, Final, cast

import numpy as np

from bekal.ledger.seals import merkle
from bekal.participants.draw import form
from bekal.participants.draw.beacon import BEACONS, SCHEME, Beacon, value_of
from bekal.participants.draw.pools import GENERAL, LEAST_PEOPLE
from bekal.participants.draw.reading import GZIP_BEGINS, BlockRead, Findings, read_blocks, rows_of
from bekal.participants.draw.rule import HOUSEHOLD_FULL, RESERVE, Rows, fill, order_of

_LONGEST_LINE: Final = 1 << 20
_LONGEST_ROW: Final = 4096
"""In all pools that two letters can name, a row has fewer bytes."""
_MOST_LISTS_OF_POOLS: Final = (1 << 15) - 1


class Unreadable(ValueError):
    """The files are not those of a draw."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What checking a draw came to.

    Attributes:
        problems: what does not follow, in words; none where the draw holds.
        problem_count: how many there are, those not shown with them.
        count, places: of the header.
        outcomes: how many were found placed, reserve and household_full; None without a file of results.
        is_test: whether the value is the test beacon's.
    """

    problems: list[str]
    problem_count: int
    root: str
    count: int
    places: int
    outcomes: dict[str, int] | None
    is_test: bool


@dataclass
class _Files:
    announcement: Path | None = None
    applications: Path | None = None
    leaves: Path | None = None
    result: Path | None = None


def verify_files(paths: Sequence[Path]) -> Verified:
    """Check the files of one draw, in any order, plain or as gzip.

    The announcement and the applications are needed. The file of leaves names a changed line; the file of results is drawn again.

    Raises:
        Unreadable: a file is none of a draw, or one of the two is missing.
        OSError: a file cannot be read.
    """
    files = _sorted_out(paths)
    if files.announcement is None or files.applications is None:
        raise Unreadable("the announcement and the file of applications are needed")
    announced = _announcement(files.announcement)
    found = Findings()
    header = announced["header"]
    if header["beacon"] not in [beacon.written() for beacon in BEACONS.values()]:
        found.add("the beacon is neither drand quicknet nor the test beacon")
    leaves = None if files.leaves is None else _read_leaves(files.leaves, announced, found)
    rows, root = _read_rows(files.applications, header, leaves, found)
    if root.hex() != announced["root"]:
        found.add(f"the applications have the root {root.hex()}, the announcement says {announced['root']}")
    outcomes = None if files.result is None else _check_result(files.result, announced, rows, found)
    return Verified(
        problems=found.shown,
        problem_count=found.kinds.total(),
        root=root.hex(),
        count=rows.count,
        places=header["places"],
        outcomes=outcomes,
        is_test=header["beacon"]["test"],
    )


def _sorted_out(paths: Sequence[Path]) -> _Files:
    files = _Files()
    for path in paths:
        with _opened(path) as file:
            line = file.read(len(b"{"))
            name = _name_of(line + file.readline(_LONGEST_LINE)) if line == b"{" else "leaves"
        if getattr(files, name) is not None:
            raise Unreadable(f"{path} is a second file of the same kind ({name})")
        setattr(files, name, path)
    return files


def _name_of(line: bytes) -> str:
    names = {form.ANNOUNCEMENT: "announcement", form.APPLICATIONS: "applications", form.RESULT: "result"}
    document = _document(line)
    try:
        return names[document["format"]]
    except (KeyError, TypeError) as error:
        raise Unreadable("a file is in no format of a draw that is known here") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_gzip = file.read(len(GZIP_BEGINS)) == GZIP_BEGINS
        file.seek(0)
        try:
            yield BufferedReader(cast(RawIOBase, gzip.GzipFile(fileobj=file))) if is_gzip else file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Unreadable(f"{path} is cut off, or no gzip file") from error


def _document(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        if not isinstance(found, dict) or form.canonical(found) != line.rstrip(b"\n"):
            raise ValueError("it is not canonical JSON")
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"a line is not an object in canonical JSON: {line[:60]!r}") from error
    return found


def _announcement(path: Path) -> dict[str, Any]:
    with _opened(path) as file:
        announced = _document(file.read(1 << 24))
    try:
        header = announced["header"]
        beacon = header["beacon"]
        shaped = (
            all(_is_count(header[name]) for name in ("count", "places", "round", "late_round"))
            and all(_is_count(beacon[name]) for name in ("genesis", "period_seconds"))
            and all(_is_count(pool[name]) for pool in header["pools"] for name in ("people", "places"))
            and all(re.fullmatch(r"[A-Z]{2}", pool["pool"]) for pool in header["pools"][:-1])
            and header["pools"][-1]["pool"] == GENERAL
            and type(beacon["test"]) is bool
            and beacon["scheme"] == SCHEME
            and re.fullmatch(r"[0-9a-f]{64}", announced["root"]) is not None
        )
    except (KeyError, TypeError, IndexError) as error:
        raise Unreadable("the announcement lacks something") from error
    if not shaped:
        raise Unreadable("the announcement holds something that its form does not allow")
    return announced


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _read_leaves(path: Path, announced: Mapping[str, Any], found: Findings) -> bytes | None:
    """The published leaves; None where they are not those under the root."""
    with _opened(path) as file:
        # Not more than can be right: a small gzip file can hold more than any memory.
        leaves = file.read((announced["header"]["count"] + 1) * form.HASH_BYTES + 1)
    nodes = [
        merkle.root([block[at : at + form.HASH_BYTES] for at in range(0, len(block), form.HASH_BYTES)])
        for start in range(0, len(leaves), _BLOCK_BYTES)
        if (block := leaves[start : start + _BLOCK_BYTES])
    ]
    if nodes and merkle.root(nodes).hex() == announced["root"]:
        return leaves
    found.add("the file of leaves does not have the announced root, so it cannot say which line was changed")
    return None


_BLOCK_BYTES: Final = merkle.BLOCK_LEAVES * form.HASH_BYTES


def _read_rows(path: Path, header: Mapping[str, Any], leaves: bytes | None, found: Findings) -> tuple[Rows, bytes]:
    blocks: list[BlockRead] = []
    with _opened(path) as file:
        _compare_header(file.readline(_LONGEST_LINE).rstrip(b"\n"), header, found)
    with _opened(path) as file:
        for place, block in enumerate(read_blocks(_blocks(file, header["count"]), header=header, count=header["count"])):
            if leaves is not None:
                _compare_leaves(block.leaves, leaves, place, found)
            blocks.append(replace(block, leaves=b""))
        if file.read(1):
            found.add("the applications go on long after the last of the header's count")
    if len({text for block in blocks for text in block.texts}) > _MOST_LISTS_OF_POOLS:
        raise Unreadable("there are more lists of pools than any draw has")
    rows = rows_of(blocks, found)
    if leaves is not None and len(leaves) != (rows.count + 1) * form.HASH_BYTES:
        found.add(f"there are {rows.count} applications, and {len(leaves) // form.HASH_BYTES - 1} leaves of applications")
    if rows.count != header["count"]:
        found.add(f"there are {rows.count} applications, the header says {header['count']}")
    _check_pools(header, rows, found)
    _check_households(rows, found)
    return rows, merkle.root([block.root for block in blocks])


def _blocks(file: IO[bytes], count: int) -> Iterator[bytes]:
    """Blocks of lines; one more than the announced rows need, so that what is too much is seen and not read to its end.

    Raises:
        Unreadable: a line that is longer than any row.
    """
    longest = _LONGEST_LINE
    for _block in range(count // merkle.BLOCK_LEAVES + 2):
        lines: list[bytes] = []
        while len(lines) < merkle.BLOCK_LEAVES and (line := file.readline(longest)):
            if len(line) == longest:
                raise Unreadable("a line is longer than that of any application")
            lines.append(line)
            longest = _LONGEST_ROW
        if not lines:
            return
        if lines[0].startswith(GZIP_BEGINS):
            raise Unreadable("a gzip file stands within the file of applications")
        yield b"".join(lines)


def _compare_leaves(computed: bytes, leaves: bytes, block: int, found: Findings) -> None:
    start = block * _BLOCK_BYTES
    if computed == leaves[start : start + len(computed)]:
        return
    for at in range(0, len(computed), form.HASH_BYTES):
        if computed[at : at + form.HASH_BYTES] != leaves[start + at : start + at + form.HASH_BYTES]:
            number = (start + at) // form.HASH_BYTES
            named = f"the row of number {number}" if number else "the header"
            found.add(f"line {number + 1}: {named} was changed", kind="leaf")


def _compare_header(line: bytes, header: Mapping[str, Any], found: Findings) -> None:
    if line == form.canonical(header):
        return
    try:
        stated = _document(line)
    except Unreadable:
        found.add("line 1: it is not a header")
        return
    for name in sorted(stated.keys() | header.keys()):
        if stated.get(name) == header.get(name):
            continue
        if name == "pools":
            changed = [
                f"{ours} in the file, {theirs} in the announcement"
                for ours, theirs in zip(stated[name], header[name], strict=False)
                if ours != theirs
            ]
            found.add(f"line 1: a share was altered: {'; '.join(changed) or 'a pool was added or taken away'}")
        else:
            found.add(f"line 1: {name} is {stated.get(name)} in the file, {header.get(name)} in the announcement")


def _check_pools(header: Mapping[str, Any], rows: Rows, found: Findings) -> None:
    """The places of the pools are those of the wave, and each has its people."""
    pools = header["pools"]
    if (given := sum(pool["places"] for pool in pools)) != header["places"]:
        found.add(f"the pools have {given} places, the wave {header['places']}")
    members = np.bincount(rows.combination, minlength=len(rows.pools_of)).tolist()
    for place, pool in enumerate(pools):
        name, is_general = pool["pool"], place == len(pools) - 1
        people = rows.count if is_general else sum(n for of, n in zip(rows.pools_of, members, strict=False) if place in of)
        if people != pool["people"]:
            found.add(f"pool {name} has {people} people, the header says {pool['people']}")
        if people < LEAST_PEOPLE and not is_general:
            found.add(f"pool {name} has fewer than {LEAST_PEOPLE} people")


def _check_households(rows: Rows, found: Findings) -> None:
    """A household carries its token where more apply than it has places left, and says the same in each of its rows."""
    carrying = np.flatnonzero(rows.household)
    tokens, first, counts = np.unique(rows.household[carrying], return_index=True, return_counts=True)
    lefts = rows.left[carrying]
    for token, at, count in zip(tokens.tolist(), first.tolist(), counts.tolist(), strict=True):
        if count <= lefts[at]:
            found.add(f"household {token} has {count} applications and {lefts[at]} places, so it needs no token", kind="token")
    places = np.searchsorted(tokens, rows.household[carrying])
    for at in np.flatnonzero(lefts != lefts[first][places] if len(first) else []).tolist():
        found.add(f"number {carrying[at] + 1} says another number of places than others of its household", kind="household")


def _check_result(path: Path, announced: Mapping[str, Any], rows: Rows, found: Findings) -> dict[str, int]:
    header = announced["header"]
    with _opened(path) as file:
        stated = _document(file.readline(_LONGEST_LINE))
        value = _value(stated, announced, found)
        order = order_of(root=bytes.fromhex(announced["root"]), value=value, count=rows.count)
        outcome = fill(rows=rows, order=order, places=[pool["places"] for pool in header["pools"]])
        counts = count_outcomes(outcome)
        if stated.get("counts") != counts:
            found.add(f"the results are {counts}, the file says {stated.get('counts')}")
        letters = [pool["pool"] for pool in header["pools"]]
        for start in range(0, rows.count, merkle.BLOCK_LEAVES):
            numbers = order[start : start + merkle.BLOCK_LEAVES]
            right = list(form.result_lines(numbers.tolist(), outcome[numbers - 1].tolist(), letters))
            lines = (file.readline(_LONGEST_ROW) for _line in right)
            read = [line.rstrip(b"\n").decode(errors="replace") for line in lines]
            if read != right:
                for place, line in enumerate(right):
                    if read[place] != line:
                        wrong = read[place] or "nothing"
                        found.add(f"results, line {start + place + 2}: {wrong} instead of {line}", kind="result")
        if file.read(1):
            found.add("the results go on after the last number")
    return counts


def _value(stated: Mapping[str, Any], announced: Mapping[str, Any], found: Findings) -> bytes:
    """The value that follows from the signature in the file of results, which is checked."""
    header = announced["header"]
    try:
        signature, round_ = bytes.fromhex(stated["signature"]), stated["round"]
        written = bytes.fromhex(stated["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("the results do not name round, signature and value") from error
    of = header["beacon"]
    beacon = Beacon(str(of["name"]), str(of["public_key"]), of["genesis"], of["period_seconds"], is_test=of["test"])
    if round_ not in (header["round"], header["late_round"]):
        found.add(f"round {round_} was not announced")
    elif not beacon.is_signature(round_=round_, signature=signature):
        found.add(f"the signature is not that of round {round_} of {beacon.name}")
    if written != value_of(signature):
        found.add("the value is not the SHA-256 of the signature")
    if stated.get("root") != announced["root"]:
        found.add("the results are those of another root")
    return value_of(signature)


def count_outcomes(outcome: Any) -> dict[str, int]:
    """How many are placed, reserve, household_full."""
    reserve, full = int(np.count_nonzero(outcome == RESERVE)), int(np.count_nonzero(outcome == HOUSEHOLD_FULL))
    return {"household_full": full, "placed": len(outcome) - reserve - full, "reserve": reserve}
