import gzip
import hashlib
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bekal.ledger.seals import merkle
from bekal.ledger.seals.verify import root_of_path
from bekal.participants.draw import form
from tests.participants.draw.files import KEY, many, publish

_LETTERS = st.lists(st.sampled_from(["AB", "ZQ", "CX"]), unique=True)


@given(st.integers(1, 10**9), st.binary(min_size=32, max_size=32), _LETTERS, st.integers(0, 999_999_999), st.integers(0, 99))
def test_a_row_is_canonical(number: int, commitment: bytes, letters: list[str], household: int, left: int) -> None:
    line = form.row_line(number, commitment.hex(), form.pools_text(letters), household, left)
    row = {"number": number, "commitment": commitment.hex(), "pools": letters}
    assert line.encode() == form.canonical({**row, "household": household, "left": left} if household else row)


def test_the_results_are_canonical() -> None:
    lines = list(form.result_lines([9, 3, 5, 7], [0, -1, 1, -2], ["AB", "general"]))
    assert [json.loads(line) for line in lines] == [
        {"number": 9, "outcome": "placed", "pool": "AB"},
        {"number": 3, "outcome": "reserve"},
        {"number": 5, "outcome": "placed", "pool": "general"},
        {"number": 7, "outcome": "household_full"},
    ]
    assert [line.encode() for line in lines] == [form.canonical(json.loads(line)) for line in lines]


def test_a_draw_of_several_blocks(tmp_path: Path) -> None:
    count = merkle.BLOCK_LEAVES + 30
    files = publish(tmp_path, many(count), places=100)
    lines = gzip.decompress((tmp_path / "applications.jsonl.gz").read_bytes()).split(b"\n")
    assert [len(lines), lines[-1]] == [count + 2, b""]
    header, *rows = map(json.loads, lines[:-1])
    assert header == files.header
    assert [row["number"] for row in rows] == list(range(1, count + 1))
    leaves = [hashlib.sha256(b"\0" + line).digest() for line in lines[:-1]]
    assert (tmp_path / "leaves.bin").read_bytes() == b"".join(leaves)
    assert merkle.root(leaves) == files.root
    for number in (1, merkle.BLOCK_LEAVES - 1, merkle.BLOCK_LEAVES, count):
        assert root_of_path(leaves[number], number, count + 1, merkle.path(leaves, number)) == files.root
        block, place = divmod(number, merkle.BLOCK_LEAVES)
        nonce = form.nonces_of_block(KEY, block)[place * 32 : place * 32 + 32]
        registration = f"{number * 1_000_003:012}"
        assert hashlib.sha256(nonce + registration.encode()).hexdigest() == rows[number - 1]["commitment"]
    assert len({row["commitment"] for row in rows}) == count


def test_a_household_carries_a_token_only_where_it_has_too_few_places(tmp_path: Path) -> None:
    publish(tmp_path, many(60), places=20, left=3)
    assert b"household" not in gzip.decompress((tmp_path / "applications.jsonl.gz").read_bytes()).split(b"\n", 1)[1]
    publish(tmp_path, many(60), places=20, left=2)
    rows = gzip.decompress((tmp_path / "applications.jsonl.gz").read_bytes()).split(b"\n")[1:-1]
    assert sum(b'"household":' in row for row in rows) == 15
