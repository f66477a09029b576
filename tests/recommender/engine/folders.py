"""Reads people, what they took and a catalogue from a folder beside the repository, which is never copied into it."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bekal.recommender.engine import UNKNOWN, Attribute, Catalogue, Demographics, Interactions, age_band

DATA = Path(__file__).parents[4] / "shared" / "data"


@dataclass(frozen=True)
class Folder:
    """People by rows; of each, what is known and what was taken, earliest first, with the day and time."""

    catalogue: Catalogue
    demographics: Demographics
    histories: list[list[tuple[str, int]]]


def read_folder(name: str) -> Folder:
    """The folder, or a skipped test that says which is missing. Whole years under `age` become bands; prices are left out."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"../shared/data/{name} is not on this machine")
    people, taken = table(folder / "people.csv"), table(folder / "history.csv")
    codes = tuple(sorted(row["item_id"] for row in table(folder / "catalogue.csv")))
    free, no_topic = np.zeros(len(codes), dtype=np.int64), np.full(len(codes), UNKNOWN, dtype=np.int32)
    catalogue = Catalogue(codes, free, no_topic)
    for person in people:
        if person.get("age", "").isdigit():
            person["age"] = age_band(int(person["age"])) or ""
    attributes = tuple(Attribute.observed(name, (person[name] for person in people)) for name in people[0] if name != "person_id")
    rows = {person["person_id"]: row for row, person in enumerate(people)}
    histories: list[list[tuple[str, int]]] = [[] for _ in people]
    for entry in taken:
        histories[rows[entry["person_id"]]].append((entry["time"], catalogue.items_of([entry["item_id"]])[0]))
    return Folder(catalogue, Demographics.encode(attributes, people), [sorted(history) for history in histories])


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def lists(histories: Mapping[int, list[int]], folder: Folder) -> Interactions:
    return Interactions.from_lists(list(histories.values()), item_count=len(folder.catalogue.codes))


def people_of(folder: Folder, rows: Iterable[int]) -> Demographics:
    return Demographics(folder.demographics.attributes, folder.demographics.codes[list(rows)])
