"""Checking a statement without the database: the standard library alone, to be read beside docs/statements.md.

`verify_statement` computes every hash again from what the file says. It trusts nothing but the exported seal, if there is one.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

STATEMENT: Final = "bekal-statement/1"
SEAL: Final = "bekal-seal/1"
GENESIS: Final = bytes(32)
_BEYOND_8_BYTES: Final = 2**63

Fields = dict[str, Callable[[Any], Any]]


class Unreadable(ValueError):
    """The file is not a statement or seal at all."""


class Broken(ValueError):
    """Something does not follow; `problem` names what in one word, the text says where."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(text)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Verified:
    """What a statement that holds together says. Rows through `sealed_sequence` are under the seal; 0 where there is none."""

    owner: int
    transfers: int
    balance_idr: int
    sealed_sequence: int
    seal_number: int | None


def verify_statement(text: str, seal_text: str | None = None) -> Verified:
    """Check a statement file, and that its seal is the one of an exported seal file.

    Raises:
        Unreadable: a file is not JSON of the documented form.
        Broken: something does not follow from the rest, and what.
    """
    statement = _read(text, _STATEMENT, STATEMENT)
    owner, head, hashes = statement["owner"], GENESIS, []
    after_idr = 0
    for sequence, row in enumerate(statement["transfers"], start=1):
        where = f"transfer {sequence} ({row['key']})"
        _require(row["sequence"] == sequence, "sequence", f"{where} says it is number {row['sequence']}")
        _require(row["amount_idr"] > 0, "amount", f"{where} moves Rp {row['amount_idr']}")
        _require(
            row["debit"] != row["credit"] and all(side < 0 or side == owner for side in (row["debit"], row["credit"])),
            "accounts",
            f"{where} moves between accounts that are not this owner's",
        )
        _require(row["run"] is None or row["run"] > 0, "run", f"{where} names run {row['run']}")
        after_idr += row["amount_idr"] * ((row["credit"] == owner) - (row["debit"] == owner))
        _require(0 <= after_idr == row["after_idr"], "balance", f"after {where} the amounts give Rp {after_idr}")
        head = _packed(link, head, owner, row)
        _require(head == row["hash"], "hash", f"{where} does not have the hash of its content")
        hashes.append(head)
    said = statement["head"]
    found = {"sequence": len(hashes), "balance_idr": after_idr, "hash": head}
    _require(said == found, "head", "the head is not what the last transfer leaves")
    seal, proof = statement["seal"], statement["proof"]
    _require((seal is None) == (proof is None), "proof", "a proof needs a seal, and a seal its proof")
    if seal is not None:
        _require(seal["hash"] == _packed(seal_hash, seal), "seal", "the seal does not have the hash of its content")
        _require(0 < proof["sequence"] <= len(hashes), "proof", "the proof is about a transfer that is not here")
        leaf = _packed(leaf_hash, owner, proof["sequence"], hashes[proof["sequence"] - 1])
        root = root_of_path(leaf, proof["index"], seal["owners"], proof["path"])
        _require(root == seal["root"], "proof", "the proof does not lead to the seal's root")
    if seal_text is not None:
        exported = read_seal(seal_text)
        _require(seal is not None, "no_proof", "the statement was made before its transfers were sealed and carries no proof")
        same = {name: exported[name] for name in seal}
        _require(
            seal == same, "another_seal", f"the statement's seal {seal['number']} is not the exported seal {exported['number']}"
        )
    return Verified(
        owner=owner,
        transfers=len(hashes),
        balance_idr=after_idr,
        sealed_sequence=proof["sequence"] if proof else 0,
        seal_number=seal["number"] if seal else None,
    )


def read_seal(text: str) -> dict[str, Any]:
    """An exported seal whose own hashes follow.

    Raises:
        Unreadable, Broken: as above.
    """
    seal = _read(text, _EXPORTED, SEAL)
    pools = [(pool["pool"], pool["total_idr"]) for pool in seal["pools"]]
    _require(seal["pools_sha256"] == _packed(pools_hash, pools), "seal", "the exported totals do not have their hash")
    _require(seal["hash"] == _packed(seal_hash, seal), "seal", "the exported seal does not have the hash of its content")
    return seal


def link(previous: bytes, owner: int, row: dict[str, Any]) -> bytes:
    """The hash of a transfer: docs/ledger.md."""
    numbers = struct.pack(
        ">qiqqqqiqi",
        owner, row["sequence"], row["debit"], row["credit"], row["amount_idr"], row["after_idr"],
        _days(row["posting_date"]),
        (row["posted_at"] - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1),
        0 if row["run"] is None else row["run"],
    )  # fmt: skip
    return hashlib.sha256(previous + numbers + row["key"].encode()).digest()


def leaf_hash(owner: int, sequence: int, head: bytes) -> bytes:
    """The leaf of an owner whose last sealed transfer has this number and hash."""
    return hashlib.sha256(b"\x00" + struct.pack(">qi", owner, sequence) + head).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node over two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which an inclusion proof leads, from the bottom up (RFC 9162, 2.1.3.2); None where it cannot fit the tree."""
    if not 0 <= index < size:
        return None
    node, last = leaf, size - 1
    for sibling in path:
        if last == 0:
            return None
        if index % 2 or index == last:
            node = node_hash(sibling, node)
            while index and not index % 2:
                index, last = index // 2, last // 2
        else:
            node = node_hash(node, sibling)
        index, last = index // 2, last // 2
    return node if last == 0 else None


def pools_hash(totals: Sequence[tuple[int, int]]) -> bytes:
    """The hash of (pool, total), in the order of the pools' ids.

    What a pool holds is a sum of many amounts, so it need not fit the 8 bytes of one. Where one does not, every total takes 16,
    under a mark of its own.
    """
    is_wide = any(not -_BEYOND_8_BYTES <= total_idr < _BEYOND_8_BYTES for _, total_idr in totals)
    mark, size = (b"\x04", 16) if is_wide else (b"\x03", 8)
    return hashlib.sha256(
        mark + b"".join(struct.pack(">q", pool) + total_idr.to_bytes(size, "big", signed=True) for pool, total_idr in totals)
    ).digest()


def seal_hash(seal: dict[str, Any]) -> bytes:
    """The hash of a seal, which the next seal names as its previous."""
    numbers = struct.pack(">iiq", seal["number"], _days(seal["day"]), seal["owners"])
    return hashlib.sha256(b"\x02" + seal["previous"] + numbers + seal["root"] + seal["pools_sha256"]).digest()


def _days(day: date) -> int:
    return (day - date(2000, 1, 1)).days


def _require(holds: bool, problem: str, text: str) -> None:
    if not holds:
        raise Broken(problem, text)


def _packed(compute: Callable[..., bytes], *content: Any) -> bytes:
    try:
        return compute(*content)
    except (struct.error, UnicodeEncodeError, OverflowError) as error:
        raise Broken("bytes", "a number or a key does not fit its bytes") from error


# Reading. Every object has exactly the documented fields, once each, of the documented types.


def _read(text: str, fields: Fields, form: str) -> dict[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_refuse)
        return _object({"format": _exactly(form), **fields})(found)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unreadable(f"not a {form} file: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a field is there twice")
    return dict(pairs)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


def _object(fields: Fields) -> Callable[[Any], dict[str, Any]]:
    def convert(found: Any) -> dict[str, Any]:
        if not isinstance(found, dict) or set(found) != set(fields):
            raise ValueError(f"an object with exactly the fields {', '.join(fields)} is needed")
        return {name: read(found[name]) for name, read in fields.items()}

    return convert


def _list(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda found: [read(element) for element in _of(list)(found)]


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda found: None if found is None else read(found)


def _exactly(wanted: str) -> Callable[[Any], str]:
    def convert(found: Any) -> str:
        if found != wanted:
            raise ValueError(f"its format is {found!r}")
        return wanted

    return convert


def _of(kind: type) -> Callable[[Any], Any]:
    def convert(found: Any) -> Any:
        if type(found) is not kind:
            raise ValueError(f"{found!r} is not of type {kind.__name__}")
        return found

    return convert


def _matching(write: Callable[[Any], str], read: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A text that is written in one way only, so that reading and writing it again gives the same text."""

    def convert(found: Any) -> Any:
        value = read(_of(str)(found))
        if write(value) != found:
            raise ValueError(f"{found!r} is not written as documented")
        return value

    return convert


def written_moment(moment: datetime) -> str:
    """`2021-03-01T05:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_int, _str = _of(int), _of(str)
_day = _matching(date.isoformat, date.fromisoformat)
_moment = _matching(written_moment, lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC))
_digest = _matching(bytes.hex, lambda text: _size_32(bytes.fromhex(text)))


def _size_32(digest: bytes) -> bytes:
    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError("a hash has 32 bytes")
    return digest


_SEAL: Final[Fields] = {
    "number": _int,
    "day": _day,
    "owners": _int,
    "root": _digest,
    "pools_sha256": _digest,
    "previous": _digest,
    "hash": _digest,
}
_EXPORTED: Final[Fields] = {**_SEAL, "pools": _list(_object({"pool": _int, "total_idr": _int}))}
_TRANSFER: Final[Fields] = {
    "sequence": _int,
    "debit": _int,
    "credit": _int,
    "amount_idr": _int,
    "after_idr": _int,
    "posting_date": _day,
    "posted_at": _moment,
    "run": _optional(_int),
    "key": _str,
    "hash": _digest,
}
_STATEMENT: Final[Fields] = {
    "owner": _int,
    "transfers": _list(_object(_TRANSFER)),
    "head": _object({"sequence": _int, "balance_idr": _int, "hash": _digest}),
    "seal": _optional(_object(_SEAL)),
    "proof": _optional(_object({"sequence": _int, "index": _int, "path": _list(_digest)})),
}
