"""Reading people, history and catalogue from a folder. Knows no database.

The folder is of the format that `recommender.folders` reads, with two more columns that may be there: `balance` in people.csv,
what is left to each person, and `topic` in catalogue.csv, what an item is about; where that says nothing, the title does.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Attribute, Catalogue, Demographics
from bekal.recommender.engine.evaluation import Dataset
from bekal.recommender.folders import Folder, Format, read_folder
from bekal.recommender.folders.reading import PLAIN, read_lines, whole_amount
from bekal.recommender.serving.topics import as_coded, subject_of
from bekal.recommender.training.worth import MOST_ASKING, Asking

MOST_BALANCE: Final = 1_000_000_000
_BALANCE: Final = "balance"
_TOPIC: Final = "topic"


@dataclass(frozen=True, eq=False)
class Files:
    """What a folder holds.

    Attributes:
        folder: as it was read, with what is to be said about it.
        data: the folder's.
        catalogue: prices (0 where there is none), topics and levels.
        priced: bool[items], what has a price, and so can be recommended.
        balances: int64[people], whole currency units, `UNKNOWN` where nothing is said.
    """

    folder: Folder
    data: Dataset
    catalogue: Catalogue
    priced: NDArray[np.bool_]
    balances: NDArray[np.int64]


def read_files(folder: Path, *, for_learning: bool = True, written: Format = PLAIN) -> Files:
    """Read a folder.

    Args:
        for_learning, written: as of `read_folder`.

    Raises:
        FolderRefused: as `read_folder`; or a balance that is no whole number from 0 to `MOST_BALANCE`.
    """
    read = read_folder(folder, apart=(_BALANCE,), for_learning=for_learning, written=written)
    topics: dict[str, str] = {}
    for _line, row in read_lines(folder / "catalogue.csv", ["item_id"], written):
        topics.setdefault(row["item_id"], row.get(_TOPIC, ""))
    subjects = [subject_of(title) for title in read.titles]
    given = [topics.get(code, "") for code in read.item_codes]
    coded, levels = as_coded(
        [replace(subject, topic=topic or subject.topic) for topic, subject in zip(given, subjects, strict=True)]
    )
    balances: dict[str, int] = {}
    for line, row in read_lines(folder / "people.csv", ["person_id"], written):
        if row["person_id"] not in balances:
            balance = whole_amount(folder / "people.csv", line, row, _BALANCE, most=MOST_BALANCE, written=written)
            balances[row["person_id"]] = balance
    return Files(
        folder=read,
        data=read.data,
        catalogue=Catalogue(
            codes=read.item_codes,
            prices_idr=np.maximum(read.data.prices, 0),
            topics=coded,
            levels=levels,
        ),
        priced=read.data.prices != UNKNOWN,
        balances=np.array([balances[person] for person in read.person_ids], dtype=np.int64),
    )


def asking_of(files: Files, *, attributes: tuple[Attribute, ...], balance: int | None = None) -> Asking | None:
    """Some of the people whose balance is known, spread evenly over the folder; None where there are none.

    Args:
        attributes: of the model that will be asked.
        balance: of people whose own is not in the folder.
    """
    balances = balances_of(files, balance=balance)
    known = np.flatnonzero(balances != UNKNOWN)
    if not known.size:
        return None
    rows = known[np.linspace(0, known.size - 1, num=min(known.size, MOST_ASKING)).astype(np.int64)]
    return Asking(
        demographics=for_model(files.data, attributes).rows(rows),
        histories=files.data.interactions.rows(rows),
        balances_idr=balances[rows],
        catalogue=files.catalogue,
        allowed=files.priced,
    )


def balances_of(files: Files, *, balance: int | None) -> NDArray[np.int64]:
    """int64[people]: what is left to each; `UNKNOWN` where neither the folder nor `balance` says."""
    return np.where(files.balances == UNKNOWN, UNKNOWN if balance is None else balance, files.balances).astype(np.int64)


def for_model(data: Dataset, attributes: tuple[Attribute, ...]) -> Demographics:
    """The people of a folder as a model knows people: what it does not know of them is unknown."""
    own = {attribute.name: (column, attribute) for column, attribute in enumerate(data.demographics.attributes)}
    codes = np.full((data.demographics.people_count, len(attributes)), UNKNOWN, dtype=np.int16)
    for place, attribute in enumerate(attributes):
        if attribute.name in own:
            column, known = own[attribute.name]
            # The last place is for what is unknown, which is -1.
            translated = np.array([*(attribute.codes.get(level, UNKNOWN) for level in known.levels), UNKNOWN], dtype=np.int16)
            codes[:, place] = translated[data.demographics.codes[:, column]]
    return Demographics(attributes, codes)
