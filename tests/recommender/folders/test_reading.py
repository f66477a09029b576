import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils.translation import override

from bekal.core.amounts import DecimalMark
from bekal.recommender.engine import UNKNOWN
from bekal.recommender.engine.evaluation import NO_TIME
from bekal.recommender.folders import FolderRefused, Format, read_folder, time_of
from tests.recommender.engine.evaluation.builders import CATALOGUE, HISTORY, PEOPLE, lists_of, write_folder


def test_a_folder_is_read_as_it_stands(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path))
    assert (folder.person_ids, folder.item_codes, folder.titles) == (("a", "b", "c"), ("x", "y"), ("Baking", "English"))
    assert lists_of(folder.data.interactions) == [[0, 1], [0], []]
    assert folder.data.prices.tolist() == [300_000, UNKNOWN]
    assert [(each.name, each.levels) for each in folder.data.demographics.attributes] == [
        ("sex", ("F", "M")),
        ("age", ("18-24", "30-34")),
    ]
    assert folder.data.demographics.codes.tolist() == [[0, 0], [1, 1], [0, UNKNOWN]]
    assert (folder.dropped, folder.unknown) == ({}, {"sex": 0, "age": 1})
    assert folder.notes == ("column age: unknown for 1 people", "1 people took nothing", "1 items have no price")


def test_byte_order_marks_line_ends_blanks_and_the_order_of_lines_and_columns_change_nothing(tmp_path: Path) -> None:
    plain = read_folder(write_folder(tmp_path))
    header, *lines = HISTORY.splitlines()
    random.Random(0).shuffle(lines)
    swapped = "\r\n".join(["title,price,item_id,topic", "Baking, 300000 ,x,food", "", "English,,y,languages", ""])
    other = read_folder(
        write_folder(
            tmp_path, people="\ufeff" + PEOPLE.replace("\n", "\r\n"), history="\n".join([header, *lines]), catalogue=swapped
        )
    )
    assert lists_of(other.data.interactions) == lists_of(plain.data.interactions)
    assert other.data.times.tolist() == plain.data.times.tolist()
    assert other.data.prices.tolist() == plain.data.prices.tolist()
    assert other.data.demographics.codes.tolist() == plain.data.demographics.codes.tolist()
    assert other.notes == plain.notes


def test_numbers_as_ids_stand_as_they_count(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, people="person_id\n10\n9\n100\n", history="person_id,item_id,time\n9,x,\n"))
    assert folder.person_ids == ("9", "10", "100")


def test_what_cannot_be_placed_is_left_out_and_counted(tmp_path: Path) -> None:
    folder = read_folder(
        write_folder(
            tmp_path,
            people=PEOPLE + "a,F,22\n",
            history=HISTORY + "d,x,2021-03-01\na,z,2021-03-01\na,x,2021-02-01\nb,x,\n",
            catalogue=CATALOGUE + "x,Baking again,300000\n",
        )
    )
    assert folder.dropped == {
        "people.csv: the same person again": 1,
        "catalogue.csv: the same item again": 1,
        "history.csv: a person that people.csv does not name": 1,
        "history.csv: an item that catalogue.csv does not name": 1,
        "history.csv: the same person and item again": 2,
    }
    assert len([note for note in folder.notes if note.startswith("left out: ")]) == 5
    # Of the same item taken twice the earliest is kept, and a known time rather than none.
    assert folder.data.times.tolist() == [time_of(day) for day in ("2021-02-01", "2021-03-02", "2021-03-03")]


def test_histories_without_times_get_a_random_order_that_the_seed_fixes_and_that_is_said(tmp_path: Path) -> None:
    items = [f"i{number:02}" for number in range(20)]
    folder = read_folder(
        write_folder(
            tmp_path,
            history="person_id,item_id,time\n"
            + "".join(f"a,{item},\n" for item in items)
            + "".join(f"b,{item},2021-01-{day + 1:02}\n" for day, item in enumerate(reversed(items))),
            catalogue="item_id,title,price\n" + "".join(f"{item},,\n" for item in items),
        )
    )
    ordered, *shuffled = (lists_of(folder.data.shuffled(seed=seed)) for seed in (0, 0, 1))
    assert ordered == shuffled[0]
    assert ordered[0] != shuffled[1][0]
    assert sorted(ordered[0]) == list(range(20)) != ordered[0]
    assert ordered[1] == shuffled[1][1] == list(range(19, -1, -1))
    assert (folder.data.times == NO_TIME).sum() == 20
    assert folder.notes[-1] == ("20 lines of history have no time; the order of 1 people's items is random, fixed by the seed")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"people": ""},
            "people.csv is empty: it must have a header with the names of its columns. Nothing of it was used.",
        ),
        (
            {"people": "id;sex\n1;F\n"},
            "people.csv has no column “person_id”. Its columns are: id, sex. Nothing of it was used.",
        ),
        ({"people": "person_id,sex\na,pria\nb,X\n"}, "people.csv, sex: X is no known sex; write F or M, "),
        ({"people": "person_id,sex\na,P\nb,F\n"}, "people.csv, sex: P is no known sex; write F or M, "),
        (
            {"people": 'person_id,sex\na,"F\nb",M\n'},
            "people.csv, line 2, sex: A quotation mark opens in this cell, and what closes it is on another line.",
        ),
        (
            {"catalogue": 'item_id,price,title\nx,1,"Baking\ny,2,Roti, enak"\n'},
            "catalogue.csv, line 2, title: the value has several lines; most often a quotation mark is never closed",
        ),
        (
            {"catalogue": 'item_id,title,price\nx,"Baking,1\ny,"Roti",2\n'},
            "catalogue.csv, line 2, title: Text follows the quotation mark that closes this cell.",
        ),
        (
            {"history": 'person_id,item_id,time\na,"x\n1",2021-03-01\n'},
            "history.csv, line 2, item_id: the value has several lines; most often a quotation mark is never closed",
        ),
        (
            {"catalogue": "item_id,price\nx,371.000\n"},
            "catalogue.csv, line 2, price: “371.000” can be read as 371 or 371000. Write it without a separator",
        ),
        ({"people": "person_id,sex,sex\na,F,F\n"}, "people.csv, line 1: the column sex is there twice"),
        ({"people": "person_id,sex\n"}, "people.csv: it names nobody"),
        ({"people": "person_id,sex\na,F\n\nb\n"}, "people.csv, line 4: There are 1 cells, but the header names 2 columns."),
        ({"people": "person_id,sex\n,F\n"}, "people.csv, line 2: person_id is empty"),
        ({"people": "person_id,sex\na,F\na,M\n"}, "people.csv, line 3: person a is there twice, with different values"),
        (
            {"people": 'person_id,sex\na,"F\n'},
            "people.csv, line 2, sex: A quotation mark opens in this cell and is never closed.",
        ),
        ({"catalogue": "item_id,price\n"}, "catalogue.csv: it names no item"),
        ({"catalogue": "item_id,price\n,1\n"}, "catalogue.csv, line 2: item_id is empty"),
        (
            {"catalogue": "item_id,price\nx,1\nx,2\n"},
            "catalogue.csv, line 3: item x is there twice, with different prices",
        ),
        (
            {"catalogue": "item_id,price\nx,-1\n"},
            "catalogue.csv, line 2, price: -1 is not a whole number of currency units from 0 to 1000000000000000",
        ),
        (
            {"catalogue": "item_id,price\nx,9.99\n"},
            "catalogue.csv, line 2, price: 9.99 is not a whole number of currency units from 0 to 1000000000000000",
        ),
        (
            {"catalogue": f"item_id,price\nx,{'9' * 5_000}\n"},
            f"catalogue.csv, line 2, price: {'9' * 40} is not a whole number of currency units from 0 to 1000000000000000",
        ),
        ({"history": "person_id,item_id,time\na,,\n"}, "history.csv, line 2: person_id or item_id is empty"),
        (
            {"history": "person_id,item_id,time\na,x,874965758\n"},
            "history.csv, line 2, time: 874965758 is not a day such as 2021-03-01 or a time such as 2021-03-01T09:30:00Z",
        ),
        (
            {"history": "person_id,item_id,time\nd,x,2021-03-01\n"},
            "history.csv: nothing in it can be used: no line names both a person and an item of the other files",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_with_file_and_line(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    with pytest.raises(FolderRefused) as refused:
        read_folder(write_folder(tmp_path, **changed))
    with override("en"):
        assert str(refused.value).startswith(message)


def test_prices_may_have_empty_decimals(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, catalogue="item_id,price\nx,250000.00\ny,0\n"))
    assert folder.data.prices.tolist() == [250_000, 0]


def test_the_caller_may_say_how_amounts_are_written(tmp_path: Path) -> None:
    written = Format(decimal_mark=DecimalMark.COMMA)
    folder = read_folder(write_folder(tmp_path, catalogue="item_id,price\nx,371.000\ny,1.500.000\n"), written=written)
    assert folder.data.prices.tolist() == [371_000, 1_500_000]
    write_folder(tmp_path, catalogue="item_id,price\nx,371.050\ny,0\n")
    with pytest.raises(FolderRefused, match=r"line 2, price: 371\.050 is not a whole number"):
        read_folder(tmp_path, written=Format(decimal_mark=DecimalMark.POINT))


def test_amounts_with_one_reading_need_no_saying(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, catalogue='item_id;price\nx;Rp 1.500.000\ny;"371000,00"\n'))
    assert folder.data.prices.tolist() == [1_500_000, 371_000]


def test_each_file_tells_its_own_delimiter(tmp_path: Path) -> None:
    plain = read_folder(write_folder(tmp_path))
    other = read_folder(write_folder(tmp_path, people=PEOPLE.replace(",", ";"), history=HISTORY.replace(",", "\t")))
    assert (other.person_ids, lists_of(other.data.interactions)) == (plain.person_ids, lists_of(plain.data.interactions))


def test_people_and_items_are_found_however_their_names_are_spelt(tmp_path: Path) -> None:
    history = "person_id,item_id,time\nKafe\u0301,x\u200b,\n"
    folder = read_folder(write_folder(tmp_path, people="person_id\nKafé\n", history=history))
    assert lists_of(folder.data.interactions) == [[0]]


def test_a_missing_folder_or_file_and_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="there is no such folder"):
        read_folder(tmp_path / "nowhere")
    write_folder(tmp_path)
    (tmp_path / "people.csv").write_bytes(b"person_id,name\na,Andr\xe9\n")
    with pytest.raises(FolderRefused, match=r"^people\.csv "):
        read_folder(tmp_path)
    (tmp_path / "people.csv").unlink()
    with pytest.raises(FolderRefused, match=r"^people\.csv "):
        read_folder(tmp_path)


def test_a_column_of_which_nothing_can_be_used_is_left_out_and_said(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, people="person_id,sex,note\na,F,\nb,M,\n"))
    assert [attribute.name for attribute in folder.data.demographics.attributes] == ["sex"]
    assert "column note: nothing in it can be used" in folder.notes


def test_a_column_without_a_name_is_left_out_and_said(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, people=",person_id,sex\n0,a,F\n1,b,M\n"))
    assert [attribute.name for attribute in folder.data.demographics.attributes] == ["sex"]
    assert "people.csv: a column without a name is left out" in folder.notes


def test_nobody_need_have_taken_anything_where_nothing_is_learnt(tmp_path: Path) -> None:
    write_folder(tmp_path, history="person_id,item_id,time\n")
    with pytest.raises(FolderRefused, match="nothing in it can be used"):
        read_folder(tmp_path)
    assert lists_of(read_folder(tmp_path, for_learning=False).data.interactions) == [[], [], []]
    write_folder(tmp_path, history="person_id,item_id,time\na,z,\n")
    with pytest.raises(FolderRefused, match="nothing in it can be used"):
        read_folder(tmp_path, for_learning=False)


def test_times_are_microseconds_of_utc() -> None:
    stated = datetime(2021, 3, 1, 3, 0, 0, 250, tzinfo=UTC)
    for text in ("2021-03-01T10:00:00.000250+07:00", "2021-03-01T03:00:00.000250Z", "2021-03-01 03:00:00.000250"):
        assert time_of(text) == round(stated.timestamp()) * 1_000_000 + 250
    assert time_of("1969-12-31") == -86_400_000_000
