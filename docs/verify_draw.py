"""Repeats a draw from its published files, as docs/draw.md states it, and names what does not follow (exit 1).

    python verify_draw.py announcement.json applications.jsonl.gz leaves.bin results.jsonl.gz

Without the results it checks what is published before the draw. Needs Python 3.11 and py-arkworks-bls12381, nothing of Bekal.
"""

import gzip
import json
import sys
from collections import Counter
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from py_arkworks_bls12381 import GT, G1Point, G2Point

QUICKNET_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)


def content(path):
    found = Path(path).read_bytes()
    return gzip.decompress(found) if found.startswith(b"\x1f\x8b") else found


def canonical(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def root_over(nodes):
    while len(nodes) > 1:
        pairs = [sha256(b"\x01" + left + right).digest() for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
        nodes = pairs + (nodes[-1:] if len(nodes) % 2 else [])
    return nodes[0]


def draw(root, value, rows, places):
    keys = [(sha256(b"bekal-draw-1" + root + value + n.to_bytes(8)).digest(), n) for n in range(1, len(rows) + 1)]
    order = [number for _key, number in sorted(keys)]
    left = {row["household"]: row["left"] for row in rows if "household" in row}
    free, given = dict(places), {}
    for _walk in (1, 2):
        for number in order:
            row = rows[number - 1]
            household = row.get("household")
            pool = next((pool for pool in [*row["pools"], "general"] if free.get(pool)), None)
            if number in given or pool is None or left.get(household) == 0:
                continue
            given[number], free[pool] = pool, free[pool] - 1
            if household is not None:
                left[household] -= 1
        free = dict.fromkeys(free, 0) | {"general": sum(free.values())}
    return [(n, given.get(n) or ("household_full" if left.get(rows[n - 1].get("household")) == 0 else "reserve")) for n in order]


def problems(announcement, applications, leaves, results=b""):
    announced, header = json.loads(announcement), json.loads(announcement)["header"]
    lines = applications.split(b"\n")[:-1]
    hashes = [sha256(b"\x00" + line).digest() for line in lines]
    published = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    if root_over(published).hex() != announced["root"]:
        yield "the file of leaves does not have the announced root"
    changed = [number for number, (mine, theirs) in enumerate(zip(hashes, published, strict=False)) if mine != theirs]
    yield from (f"the row of number {number} was changed" if number else "the header was changed" for number in changed)
    root = root_over(hashes)
    if root.hex() != announced["root"] or len(lines) != header["count"] + 1:
        yield "the applications are not those that were announced"
    stated, rows = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    altered = [both for both in zip(stated["pools"], header["pools"], strict=False) if both[0] != both[1]]
    yield from (f"a share was altered: {pool} in the file, {other} in the announcement" for pool, other in altered)
    if any(canonical(row) != line for row, line in zip([stated, *rows], lines, strict=True)):
        yield "a line is not canonical JSON"
    for place, row in enumerate(rows, start=1):
        if row["number"] != place:
            yield f"number {row['number']} stands in the place of {place}" + (": given twice" if row["number"] < place else "")
    members = Counter(pool for row in rows for pool in row["pools"]) + Counter(general=len(rows))
    pools = header["pools"]
    if sum(pool["places"] for pool in pools) != header["places"]:
        yield "the pools do not have the places of the wave"
    for pool in pools:
        if members[pool["pool"]] != pool["people"] or (pool["people"] < 20 and pool["pool"] != "general"):
            yield f"pool {pool['pool']} does not have its people, or too few"
    households = Counter((row["household"], row["left"]) for row in rows if "household" in row)
    if len({token for token, _ in households}) < len(households) or any(n <= left for (_, left), n in households.items()):
        yield "a household's token does not follow the rule"
    yield from drawing_problems(announced, rows, results) if results else ()


def drawing_problems(announced, rows, results):
    header = announced["header"]
    first, *drawn = results.split(b"\n")[:-1]
    result, signature = json.loads(first), bytes.fromhex(json.loads(first)["signature"])
    value = sha256(signature).digest()
    if result["round"] not in (header["round"], header["late_round"]) or result["value"] != value.hex():
        yield "the value is not that of an announced round"
    if header["beacon"]["public_key"] != QUICKNET_KEY and not header["beacon"]["test"]:
        yield "the beacon is not drand quicknet"
    message = G1Point.hash_to_curve(sha256(result["round"].to_bytes(8)).digest(), b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_")
    key = G2Point.from_compressed_bytes(bytes.fromhex(header["beacon"]["public_key"]))
    if not GT.pairing_check([G1Point.from_compressed_bytes(signature), -message], [G2Point(), key]):
        yield "the signature is false"
    outcomes = draw(bytes.fromhex(announced["root"]), value, rows, {pool["pool"]: pool["places"] for pool in header["pools"]})
    for (number, outcome), line in zip_longest(outcomes, drawn, fillvalue=(0, "")):
        placed = {} if outcome in ("reserve", "household_full") else {"outcome": "placed", "pool": outcome}
        if line != canonical({"number": number, "outcome": outcome, **placed}):
            yield f"number {number} is {outcome}, the results say {line}"


if __name__ == "__main__":
    found = list(problems(*map(content, sys.argv[1:5])))
    print("\n".join(found) or "the draw holds")
    sys.exit(bool(found))
