"""The bytes of a draw's published files: canonical JSON, a line for each application, and the tree over the lines.

docs/draw.md states the form in full. The header and the announcement are written by `rfc8785`. The lines of applications, of
which there are millions, are put together here; a test holds them to the same form.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import rfc8785

from bekal.ledger.seals import merkle
from bekal.ledger.seals.merkle import BLOCK_LEAVES
from bekal.participants.draw.beacon import Beacon
from bekal.participants.draw.pools import LEAST_PEOPLE, Pool
from bekal.participants.draw.spreading import spread

APPLICATIONS: Final = "bekal-draw/1"
ANNOUNCEMENT: Final = "bekal-draw-announcement/1"
RESULT: Final = "bekal-draw-result/1"
HASH_BYTES: Final = 32
NONCE_BYTES: Final = 32
_GZIP: Final = 31  # zlib's number for a whole gzip file
_LEVEL: Final = 1


@dataclass(frozen=True, slots=True)
class Terms:
    """What the header of a draw's file states.

    Attributes:
        programme, wave: the code of the programme, the number of its wave.
        people_per_household: the most that may take part at once.
        reserve_until: the last day on which a reserve moves up.
        round, late_round: whose value counts, and whose if nobody handed that one in within 72 hours.
    """

    programme: str
    wave: int
    places: int
    pools: Sequence[Pool]
    people_per_household: int
    reserve_until: date
    beacon: Beacon
    round: int
    late_round: int

    def header(self, *, count: int) -> dict[str, Any]:
        """The header of a file of `count` applications."""
        return {
            "beacon": self.beacon.written(),
            "count": count,
            "format": APPLICATIONS,
            "late_round": self.late_round,
            "places": self.places,
            "pools": [pool.written() for pool in self.pools],
            "programme": self.programme,
            "round": self.round,
            "rules": {
                "people_per_household": self.people_per_household,
                "pool_people_min": LEAST_PEOPLE,
                "reserve_until": self.reserve_until.isoformat(),
            },
            "wave": self.wave,
        }


def canonical(document: Mapping[str, Any]) -> bytes:
    """A document in the one way in which RFC 8785 writes it."""
    return rfc8785.dumps(dict(document))


def row_line(number: int, commitment: str, pools: str, household: int, left: int) -> str:
    """The line of one application, without its end.

    Args:
        pools: as `pools_text` writes them.
        household: its token, 0 where there is none.
    """
    if household:
        return f'{{"commitment":"{commitment}","household":{household},"left":{left},"number":{number},"pools":{pools}}}'
    return f'{{"commitment":"{commitment}","number":{number},"pools":{pools}}}'


def pools_text(letters: Sequence[str]) -> str:
    """The pools of an application as its line has them."""
    return "[" + ",".join(f'"{each}"' for each in letters) + "]"


def commitment_of(nonce: bytes, registration: int) -> str:
    """What stands for an application in the file: without the nonce, nobody can try registration numbers."""
    return hashlib.sha256(nonce + b"%012d" % registration).hexdigest()


def nonces_of_block(key: bytes, block: int) -> bytes:
    """The nonces of the 4,096 leaves of a block, 32 bytes each, made of a key that only the installation has (SHAKE256)."""
    return hashlib.shake_256(key + block.to_bytes(8)).digest(NONCE_BYTES * BLOCK_LEAVES)


def leaf_of(line: bytes) -> bytes:
    """The leaf of a line, its end not counted."""
    return hashlib.sha256(b"\x00" + line).digest()


@dataclass(frozen=True, slots=True)
class Block:
    """Up to 4,096 lines: as a gzip file of their own, their leaves one after the other, and the root over these."""

    compressed: bytes
    leaves: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class Applications:
    """What is written of each application, by number: that of number 1 stands at 0.

    Attributes:
        registrations: the registration numbers, int64.
        pools_text: of each combination of pools.
        combination, household, left: as in `rule.Rows`.
    """

    registrations: Any
    pools_text: Sequence[str]
    combination: Any
    household: Any
    left: Any


def blocks_of(*, header: bytes, applications: Applications, key: bytes) -> Iterator[Block]:
    """The whole file in blocks, the header's line first.

    Args:
        key: 32 random bytes, of which the nonces are made.
    """
    count = len(applications.registrations)
    starts = range(0, count + 1, BLOCK_LEAVES)
    calls = (
        (
            None if first else header,
            max(first, 1),
            nonces_of_block(key, block),
            applications.pools_text,
            *(
                column[max(first, 1) - 1 : first + BLOCK_LEAVES - 1]
                for column in (
                    applications.registrations,
                    applications.combination,
                    applications.household,
                    applications.left,
                )
            ),
        )
        for block, first in enumerate(starts)
    )
    yield from spread(block_of, calls, count=len(starts))


def block_of(header: bytes | None, first: int, nonces: bytes, texts: Sequence[str], *columns: Any) -> Block:
    """A block of the file, whose rows begin with a number.

    Args:
        header: its line, of the first block.
        nonces: of all leaves of the block.
        texts: of each combination of pools.
        columns: registration numbers, combinations, tokens of households, places left in them.
    """
    lines = [] if header is None else [header]
    at = first % BLOCK_LEAVES * NONCE_BYTES
    for number, (registration, combination, household, left) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True), start=first
    ):
        commitment = commitment_of(nonces[at : at + NONCE_BYTES], registration)
        lines.append(row_line(number, commitment, texts[combination], household, left).encode())
        at += NONCE_BYTES
    hashed = [leaf_of(line) for line in lines]
    return Block(compressed=compressed(b"\n".join([*lines, b""])), leaves=b"".join(hashed), root=merkle.root(hashed))


def compressed(content: bytes) -> bytes:
    """A gzip file; several of them in a row are one as well."""
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    return packer.compress(content) + packer.flush()


def announcement(*, draw: str, header: Mapping[str, Any], root: bytes) -> bytes:
    """The announcement that is published with the root, before the value can exist.

    Args:
        draw: the public id.
    """
    return canonical({"draw": draw, "format": ANNOUNCEMENT, "header": header, "root": root.hex()}) + b"\n"


def result_header(*, root: bytes, round_: int, signature: bytes, value: bytes, counts: Mapping[str, int]) -> bytes:
    """The first line of the file of results; `counts` says how many are placed, reserve, household_full."""
    return canonical(
        {
            "counts": dict(counts),
            "format": RESULT,
            "root": root.hex(),
            "round": round_,
            "signature": signature.hex(),
            "value": value.hex(),
        }
    )


def result_lines(order: Sequence[int], outcomes: Sequence[int], letters: Sequence[str]) -> Iterator[str]:
    """The lines of the file of results, without their ends.

    Args:
        order: the numbers as they were drawn.
        outcomes: of each of them in that order, as `rule.fill` says.
        letters: of the pools, in the header's order.
    """
    # A negative outcome counts from the end, as Python does: RESERVE is the last.
    ends = [*(f'"placed","pool":"{each}"}}' for each in letters), '"household_full"}', '"reserve"}']
    for number, outcome in zip(order, outcomes, strict=True):
        yield f'{{"number":{number},"outcome":{ends[outcome]}'


def result_block(order: Any, outcomes: Any, letters: Sequence[str]) -> bytes:
    """The same lines as a gzip file, of numbers and outcomes in arrays."""
    return compressed("".join(f"{line}\n" for line in result_lines(order.tolist(), outcomes.tolist(), letters)).encode())
