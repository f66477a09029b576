"""The batch on files: read, recommended, written, without a database."""

import csv
from os import mkfifo
from pathlib import Path

import pytest

from bekal.recommender.batch import files
from bekal.recommender.batch.files import COLUMNS, write_recommendations
from bekal.recommender.engine import Bekal, Choosing
from bekal.recommender.serving.reasons import ReasonCode
from bekal.recommender.training.folders import Files, asking_of
from bekal.recommender.training.worth import choosing_for


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_everybody_whose_balance_is_known_gets_what_fits(tmp_path: Path, read: Files, model: Bekal) -> None:
    choosing = choosing_for(model, asking_of(read, attributes=model.attributes))
    people = write_recommendations(tmp_path / "out.csv", files=read, model=model, choosing=choosing, top=3)

    found = lines(tmp_path / "out.csv")
    assert (people, list(found[0])) == (72, list(COLUMNS))
    assert list(dict.fromkeys(line["person_id"] for line in found)) == [
        f"p{person:02}" for person in range(80) if person % 10 < 9
    ]
    taken = {(f"p{row:02}", f"i{item:02}") for row in range(80) for item in read.data.interactions.of(row)}
    for person in {line["person_id"] for line in found}:
        own = [line for line in found if line["person_id"] == person]
        balance = 40 + int(person[1:])
        assert all(int(line["price"]) + int(line["remaining"]) == balance and int(line["remaining"]) >= 0 for line in own)
        assert {(person, line["item_id"]) for line in own} & taken == set()
        ranks = [line["rank"] for line in own if line["rank"]]
        assert ranks == [str(rank) for rank in range(1, len(ranks) + 1)]
        bundle = [line for line in own if line["bundle"] == "1"]
        assert sum(int(line["price"]) for line in bundle) <= balance
        assert len({int(line["item_id"][1:]) % 3 for line in bundle}) == len(bundle)
        assert all(reason.split(":")[0] in set(ReasonCode) for line in own for reason in line["reasons"].split())
    assert any(line["bundle"] == "1" for line in found)


def test_the_size_of_chunks_changes_nothing(tmp_path: Path, read: Files, model: Bekal, monkeypatch: pytest.MonkeyPatch) -> None:
    write_recommendations(tmp_path / "one.csv", files=read, model=model, choosing=Choosing(parts=4, eta=7), balance=90)
    monkeypatch.setattr(files, "_CHUNK_PEOPLE", 7)
    told: list[int] = []
    write_recommendations(
        tmp_path / "many.csv", files=read, model=model, choosing=Choosing(parts=4, eta=7), balance=90, progress=told.append
    )

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()
    assert told == [7] * 11 + [3]


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path, read: Files, model: Bekal) -> None:
    path = tmp_path / "out.csv"
    path.write_text("kept")

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recommendations(path, files=read, model=model, choosing=Choosing(parts=4, eta=0), progress=killed)
    assert path.read_text() == "kept"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_link_stays_one_and_what_is_no_file_is_not_replaced(tmp_path: Path, read: Files, model: Bekal) -> None:
    (tmp_path / "there.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("there.csv")
    write_recommendations(tmp_path / "link.csv", files=read, model=model, choosing=Choosing(parts=4, eta=0))
    assert (tmp_path / "link.csv").is_symlink()
    assert lines(tmp_path / "there.csv")

    mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no file"):
        write_recommendations(tmp_path / "pipe", files=read, model=model, choosing=Choosing(parts=4, eta=0))
    assert (tmp_path / "pipe").is_fifo()
