"""The batch on files alone: a folder in, recommendations out. Knows no database."""

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from bekal.core.exports import write_rows
from bekal.recommender.engine import UNKNOWN, Bekal, Choosing, Demographics, Interactions
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.serving.reasons import reasons
from bekal.recommender.training.folders import Files, balances_of, for_model

COLUMNS: Final = ("person_id", "rank", "item_id", "price", "remaining", "bundle", "reasons")
_CHUNK_PEOPLE: Final = 10_000


def write_recommendations(
    path: Path,
    *,
    files: Files,
    model: Bekal,
    choosing: Choosing,
    balance: int | None = None,
    top: int = 10,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write what fits everybody whose balance is known, people in the order of their ids, and return how many these are.

    One line for each recommended item, by rank; then one without a rank for each item of the best set that is not among these.
    `bundle` is 1 for the items of the set. A text that a spreadsheet would run gets an apostrophe in front. The
    file is there whole or not at all.

    Args:
        model: of the folder's catalogue.
        balance: of people whose own is not in the folder.
        progress: told the number of people, after each chunk.

    Raises:
        OSError: the file cannot be written, or is no file, as a folder or a device; what was there is unchanged.
    """
    balances = balances_of(files, balance=balance)
    people = np.flatnonzero(balances != UNKNOWN)
    demographics = for_model(files.data, model.attributes)
    with _replacing(path) as file:
        write_rows(file, [COLUMNS])
        for first in range(0, people.size, _CHUNK_PEOPLE):
            rows = people[first : first + _CHUNK_PEOPLE]
            write_rows(
                file,
                _lines(
                    [files.folder.person_ids[row] for row in rows],
                    demographics.rows(rows),
                    files.data.interactions.rows(rows),
                    balances[rows],
                    files=files,
                    model=model,
                    choosing=choosing,
                    top=top,
                ),
            )
            progress(rows.size)
    return int(people.size)


def _lines(
    ids: list[str],
    demographics: Demographics,
    histories: Interactions,
    balances: NDArray[np.int64],
    *,
    files: Files,
    model: Bekal,
    choosing: Choosing,
    top: int,
) -> Iterator[tuple[object, ...]]:
    found = recommend_batch(
        model.tables,
        demographics,
        histories,
        catalogue=files.catalogue,
        balances_idr=balances,
        allowed=files.priced,
        top=top,
        choosing=choosing,
    )
    for row, person in enumerate(ids):
        ranked = [int(item) for item in found.items[row] if item != UNKNOWN]
        bundle = [int(item) for item in found.bundles[row] if item != UNKNOWN]
        shown = [*ranked, *(item for item in bundle if item not in ranked)]
        one = np.array([row])
        why = reasons(
            shown,
            person=demographics.rows(one),
            history=histories.rows(one),
            tables=model.tables,
            codes=files.catalogue.codes,
        )
        for place, item in enumerate(shown):
            price = int(files.catalogue.prices_idr[item])
            rank = place + 1 if place < len(ranked) else ""
            told = " ".join(str(reason) for reason in why[place])
            yield person, rank, files.catalogue.codes[item], price, int(balances[row]) - price, int(item in bundle), told


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file to write beside its place, put there when all is written. A link goes on pointing to it."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is there, and no file")
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with fresh.open("x", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
