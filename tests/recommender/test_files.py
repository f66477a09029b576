"""The batch on files: read, recommended, written, without a database."""

import csv
from os import mkfifo
from pathlib import Path

import numpy as np
import pytest

from bekal.recommender import files
from bekal.recommender.engine import UNKNOWN, Attribute, Bekal
from bekal.recommender.engine.evaluation import FolderRefused
from bekal.recommender.files import COLUMNS, Files, asking_of, for_model, read_files, write_recommendations
from bekal.recommender.reasons import ReasonCode
from bekal.recommender.worth import worth_of_balance


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve items of three topics, 80 people; every tenth has no balance, item 11 has no price."""
    (tmp_path / "catalogue.csv").write_text(
        "item_id,title,price,topic\n"
        + "".join(f"i{item:02},Item {item},{'' if item == 11 else 20 + 10 * item},{'abc'[item % 3]}\n" for item in range(12))
    )
    (tmp_path / "people.csv").write_text(
        "person_id,sex,balance\n"
        + "".join(f"p{person:02},{'FM'[person % 2]},{'' if person % 10 == 9 else 40 + person}\n" for person in range(80))
    )
    taken = [(person, (person % 2 + 2 * (person // 2 % 3 + place)) % 12) for person in range(60) for place in (0, 1)]
    (tmp_path / "history.csv").write_text(
        "person_id,item_id,time\n" + "".join(f"p{person:02},i{item:02},\n" for person, item in taken)
    )
    return tmp_path


@pytest.fixture
def read(folder: Path) -> Files:
    return read_files(folder)


@pytest.fixture
def model(read: Files) -> Bekal:
    return Bekal.fit(read.data.interactions, read.data.demographics)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_balance_and_a_topic_are_no_attributes(read: Files) -> None:
    assert [attribute.name for attribute in read.data.demographics.attributes] == ["sex"]
    assert read.balances[:10].tolist() == [40, 41, 42, 43, 44, 45, 46, 47, 48, UNKNOWN]
    assert read.catalogue.topics.tolist() == [0, 1, 2] * 4
    assert read.priced.tolist() == [True] * 11 + [False]


def test_both_columns_may_be_missing(folder: Path) -> None:
    (folder / "catalogue.csv").write_text("item_id,title,price\ni00,Item,20\n")
    (folder / "people.csv").write_text("person_id,sex\np00,F\n")
    found = read_files(folder)
    assert (found.balances.tolist(), found.catalogue.topics.tolist()) == ([UNKNOWN], [UNKNOWN])


@pytest.mark.parametrize("balance", ["-1", "1.5", "ten", "1000000001"])
def test_a_balance_that_is_no_amount_is_refused(folder: Path, balance: str) -> None:
    (folder / "people.csv").write_text(f"person_id,sex,balance\np00,F,{balance}\n")
    with pytest.raises(FolderRefused, match=rf"people\.csv.*the balance {balance}"):
        read_files(folder)


def test_everybody_whose_balance_is_known_gets_what_fits(tmp_path: Path, read: Files, model: Bekal) -> None:
    eta = worth_of_balance(model, asking_of(read, attributes=model.attributes))
    people = write_recommendations(tmp_path / "out.csv", files=read, model=model, eta=eta, top=3)

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
    write_recommendations(tmp_path / "one.csv", files=read, model=model, eta=7, balance=90)
    monkeypatch.setattr(files, "_CHUNK_PEOPLE", 7)
    told: list[int] = []
    write_recommendations(tmp_path / "many.csv", files=read, model=model, eta=7, balance=90, progress=told.append)

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "many.csv").read_bytes()
    assert told == [7] * 11 + [3]


def test_a_model_of_other_people_takes_what_it_knows(read: Files) -> None:
    attributes = (Attribute("education", ("SD", "SMA")), Attribute("sex", ("F", "X")))
    codes = for_model(read.data, attributes).codes
    assert codes[:4].tolist() == [[UNKNOWN, 0], [UNKNOWN, UNKNOWN]] * 2


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path, read: Files, model: Bekal) -> None:
    path = tmp_path / "out.csv"
    path.write_text("kept")

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recommendations(path, files=read, model=model, eta=0, progress=killed)
    assert path.read_text() == "kept"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_link_stays_one_and_what_is_no_file_is_not_replaced(tmp_path: Path, read: Files, model: Bekal) -> None:
    (tmp_path / "there.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("there.csv")
    write_recommendations(tmp_path / "link.csv", files=read, model=model, eta=0)
    assert (tmp_path / "link.csv").is_symlink()
    assert lines(tmp_path / "there.csv")

    mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no file"):
        write_recommendations(tmp_path / "pipe", files=read, model=model, eta=0)
    assert (tmp_path / "pipe").is_fifo()


def test_nobody_is_asked_about_where_no_balance_is_known(read: Files) -> None:
    nobody = Files(read.folder, read.data, read.catalogue, read.priced, np.full(80, UNKNOWN))
    assert asking_of(nobody, attributes=read.data.demographics.attributes) is None
    asking = asking_of(nobody, attributes=read.data.demographics.attributes, balance=50)
    assert asking is not None
    assert asking.balances_idr.tolist() == [50] * 80
