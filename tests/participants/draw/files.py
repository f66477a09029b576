"""A small draw's published files, made by the pure part alone, and ways to tamper with them."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from bekal.ledger.seals import merkle
from bekal.participants.draw import form
from bekal.participants.draw.beacon import TEST_BEACON, sign_test_round, value_of
from bekal.participants.draw.pools import Combination, Kind, Share, form_pools
from bekal.participants.draw.queries import FILES, announcement_of, parts_of
from bekal.participants.draw.rule import Array, Rows, fill, order_of
from bekal.participants.draw.verify import count_outcomes
from bekal.participants.models import Draw

SCRIPT: Final = Path(__file__).parents[3] / "docs" / "verify_draw.py"
ROUND: Final = TEST_BEACON.first_round_due(datetime(2021, 3, 1, tzinfo=UTC))
KEY: Final = bytes(range(32))
SHARES: Final = (
    Share(Kind.PRIORITY, "disability", 3),
    Share(Kind.PRIORITY, "laid_off", 9),
    Share(Kind.PROVINCE, "31", 1),
    Share(Kind.PROVINCE, "32", 2),
)


@dataclass(frozen=True)
class Person:
    """An applicant: priority groups, province, family card (0: alone)."""

    groups: frozenset[str]
    province: str
    household: int = 0


@dataclass(frozen=True)
class Files:
    """The files of a draw in a folder, and what they were made of."""

    folder: Path
    header: dict[str, Any]
    root: bytes
    rows: Rows
    letters: list[str]
    outcome: Array

    @property
    def paths(self) -> list[Path]:
        return [self.folder / name for name in ("announcement.json", "applications.jsonl.gz", "leaves.bin", "results.jsonl.gz")]

    def change(self, name: str, change: Callable[[list[bytes]], None]) -> None:
        """Change the lines of a file."""
        path = self.folder / name
        content = path.read_bytes()
        lines = (gzip.decompress(content) if name.endswith(".gz") else content).split(b"\n")
        change(lines)
        path.write_bytes(b"\n".join(lines))


def many(count: int) -> list[Person]:
    """People of both groups and three provinces, every fourth three of whom share a card."""
    return [
        Person(
            groups=frozenset(name for name, every in (("disability", 5), ("laid_off", 3)) if number % every == 0),
            province=("31", "32", "33")[number % 3],
            household=number // 3 + 1 if number // 3 % 4 == 0 else 0,
        )
        for number in range(count)
    ]


def publish(folder: Path, people: Sequence[Person], *, places: int, left: int = 2) -> Files:
    """Freeze, draw and write everything; people have the numbers 1, 2, … in their order."""
    combinations = [Combination(person.groups, person.province) for person in people]
    formed = form_pools(shares=SHARES, people=Counter(combinations), places=places)
    known = list(dict.fromkeys(combinations))
    letters = [pool.letters for pool in formed.pools]
    sizes = Counter(person.household for person in people if person.household)
    tokens = [person.household if sizes[person.household] > left else 0 for person in people]
    rows = Rows(
        pools_of=[formed.pools_of[each] for each in known],
        combination=np.array([known.index(each) for each in combinations], dtype=np.int16),
        household=np.array(tokens, dtype=np.int32),
        left=np.array([left if token else 0 for token in tokens], dtype=np.int16),
    )
    terms = form.Terms(
        programme="prakerja-2021",
        wave=12,
        places=places,
        pools=formed.pools,
        people_per_household=left,
        reserve_until=date(2021, 4, 1),
        beacon=TEST_BEACON,
        round=ROUND,
        late_round=ROUND + 86_400,
    )
    header = terms.header(count=len(people))
    applications = form.Applications(
        registrations=np.arange(1, len(people) + 1) * 1_000_003,
        pools_text=[form.pools_text([letters[pool] for pool in pools]) for pools in rows.pools_of],
        combination=rows.combination,
        household=rows.household,
        left=rows.left,
    )
    blocks = list(form.blocks_of(header=form.canonical(header), applications=applications, key=KEY))
    leaves = b"".join(block.leaves for block in blocks)
    root = merkle.root([leaves[at : at + 32] for at in range(0, len(leaves), 32)])
    folder.mkdir(exist_ok=True)
    (folder / "announcement.json").write_bytes(form.announcement(draw="a draw", header=header, root=root))
    (folder / "applications.jsonl.gz").write_bytes(b"".join(block.compressed for block in blocks))
    (folder / "leaves.bin").write_bytes(leaves)
    signature = sign_test_round(ROUND)
    value = value_of(signature)
    order = order_of(root=root, value=value, count=len(people))
    outcome = fill(rows=rows, order=order, places=[pool.places for pool in formed.pools])
    first = form.result_header(root=root, round_=ROUND, signature=signature, value=value, counts=count_outcomes(outcome))
    lines = [first.decode(), *form.result_lines(order.tolist(), outcome[order - 1].tolist(), letters)]
    (folder / "results.jsonl.gz").write_bytes(form.compressed("".join(f"{line}\n" for line in lines).encode()))
    return Files(folder=folder, header=header, root=root, rows=rows, letters=letters, outcome=outcome)


def run_script(files: Files) -> tuple[int, list[str]]:
    """What the independent verifier of the documentation says of them: its exit status and its lines."""
    return run_paths(SCRIPT, files.paths)


def run_paths(script: Path, paths: Sequence[Path]) -> tuple[int, list[str]]:
    """The same of any files of a draw."""
    done = subprocess.run([sys.executable, "-I", str(script), *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def downloaded(draw: Draw, folder: Path) -> list[Path]:
    """The published files of a draw."""
    (folder / "announcement.json").write_bytes(announcement_of(draw))
    for name, kind in FILES.items():
        (folder / name).write_bytes(b"".join(parts_of(draw, kind)))
    return [folder / "announcement.json", *(folder / name for name in FILES)]


def changed_json(line: bytes, **changes: Any) -> bytes:
    """A canonical line with other values."""
    return form.canonical({**json.loads(line), **changes})
