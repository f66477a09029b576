"""Reading a folder, without a database."""

from pathlib import Path

import numpy as np
import pytest

from bekal.core.amounts import DecimalMark
from bekal.recommender.engine import UNKNOWN, Attribute
from bekal.recommender.folders import FolderRefused, Format
from bekal.recommender.training.folders import Files, asking_of, for_model, read_files
from tests.recommender.engine.evaluation.builders import write_folder


def test_a_balance_and_a_topic_are_no_attributes(read: Files) -> None:
    assert [attribute.name for attribute in read.data.demographics.attributes] == ["sex"]
    assert read.balances[:10].tolist() == [40, 41, 42, 43, 44, 45, 46, 47, 48, UNKNOWN]
    assert read.catalogue.topics.tolist() == [0, 1, 2] * 4
    assert read.priced.tolist() == [True] * 11 + [False]


def test_both_columns_may_be_missing(tmp_path: Path) -> None:
    titles = ("i00,Kursus Barista,20", "i01,Barista Lanjutan,20", "i02,Rajut,20", "i03,Kelas Dasar,20", "i04,,20")
    catalogue = "\n".join(("item_id,title,price", *titles, ""))
    found = read_files(_write(tmp_path, people="person_id,sex\np00,F\n", catalogue=catalogue))
    assert (found.balances.tolist(), found.catalogue.topics.tolist()) == ([UNKNOWN], [0, 0, 1, UNKNOWN, UNKNOWN])


def test_the_title_says_what_the_column_of_topics_does_not(tmp_path: Path) -> None:
    lines = ("i00,Kursus Barista,20,minuman", "i01,Barista Lanjutan,20,", "i02,Rajut Lanjutan,20,minuman", "i03,Barista,20,")
    catalogue = "\n".join(("item_id,title,price,topic", *lines, ""))
    found = read_files(_write(tmp_path, people="person_id,sex\np00,F\n", catalogue=catalogue))
    assert found.catalogue.topics.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("balance", ["-1", "1.5", "ten", "1000000001"])
def test_a_balance_that_is_no_amount_is_refused(tmp_path: Path, balance: str) -> None:
    folder = _write(tmp_path, people=f"person_id,sex,balance\np00,F,{balance}\n", catalogue="item_id,title,price\ni00,Item,20\n")
    with pytest.raises(FolderRefused, match=rf"people\.csv, line 2, balance: {balance} is not"):
        read_files(folder)


def test_a_balance_with_two_readings_is_refused_unless_its_form_is_stated(tmp_path: Path) -> None:
    folder = _write(tmp_path, people="person_id,sex,balance\np00,F,371.000\n", catalogue="item_id,title,price\ni00,Item,20\n")
    with pytest.raises(FolderRefused, match=r"people\.csv, line 2, balance: “371\.000”"):
        read_files(folder)
    assert read_files(folder, written=Format(decimal_mark=DecimalMark.COMMA)).balances.tolist() == [371_000]


def _write(folder: Path, *, people: str, catalogue: str) -> Path:
    return write_folder(folder, people=people, history="person_id,item_id,time\np00,i00,\n", catalogue=catalogue)


def test_a_model_of_other_people_takes_what_it_knows(read: Files) -> None:
    attributes = (Attribute("education", ("SD", "SMA")), Attribute("sex", ("F", "X")))
    codes = for_model(read.data, attributes).codes
    assert codes[:4].tolist() == [[UNKNOWN, 0], [UNKNOWN, UNKNOWN]] * 2


def test_nobody_is_asked_about_where_no_balance_is_known(read: Files) -> None:
    nobody = Files(read.folder, read.data, read.catalogue, read.priced, np.full(80, UNKNOWN))
    assert asking_of(nobody, attributes=read.data.demographics.attributes) is None
    asking = asking_of(nobody, attributes=read.data.demographics.attributes, balance=50)
    assert asking is not None
    assert asking.balances_idr.tolist() == [50] * 80
