"""Exclusion lists: NIKs come in, keyed indexes stay; a rotation of the keys makes them void."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from bekal.access.models import Act
from bekal.core.tables.errors import ColumnAbsent, FileUnreadable
from bekal.participants.models import ExclusionEntry, ExclusionList
from bekal.participants.screening.errors import ListOlder, SourceMissing, UnknownList
from bekal.participants.screening.lists import import_list, known_lists
from bekal.participants.screening.queries import lists_imported
from bekal.participants.screening.services import screen_people
from bekal.participants.sealed import nik_index
from tests.builders import make_wave, register
from tests.participants.screening.applying import DATED_ON, list_file, nik, put_on_list

pytestmark = pytest.mark.django_db
SOURCE = "BKN 17/2021"


def test_what_is_kept_is_neither_the_nik_nor_its_index(tmp_path: Path) -> None:
    (person,) = register(1)
    put_on_list(tmp_path, [person])
    with connection.cursor() as cursor:
        cursor.execute("SELECT nik_key FROM participants_exclusionentry")
        (key,) = cursor.fetchone()
    assert (len(key), bytes(key) == nik_index(nik(person))) == (32, False)


def test_lines_that_hold_no_nik_are_refused_with_their_number(tmp_path: Path) -> None:
    (person,) = register(1)
    good = nik(person)
    lines = [good, "327301 170895 0001", f"{good[:-4]}0000", "123", '""', f'"{good}"', "991301170895 0001", "DROP TABLE;"]
    path = list_file(tmp_path, lines)
    found = import_list(code="student", path=path, source=SOURCE, dated_on=DATED_ON)
    assert (found.entries, found.repeated) == (2, 1)
    assert [row.line for row in found.refused] == [4, 5, 8, 9]
    assert not any(good in row.reason for row in found.refused)


def test_a_stray_quotation_mark_refuses_its_lines_alone(tmp_path: Path) -> None:
    people = register(3)
    first, second, third = map(nik, people)
    path = list_file(tmp_path, [f'{first},"a', f"{second},b", f"{third},c"], header="nik,name")
    found = import_list(code="student", path=path, source=SOURCE, dated_on=DATED_ON)
    assert (found.entries, [row.line for row in found.refused]) == (0, [2, 3, 4])


def test_a_new_list_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    wave, people = make_wave(), register(2)
    put_on_list(tmp_path, people[:1])
    assert list(screen_people(participants=people, wave=wave)) == people[:1]
    put_on_list(tmp_path, people[1:])
    assert list(screen_people(participants=people, wave=wave)) == people[1:]
    assert [(one.code, one.version, one.entries_count) for one in lists_imported()] == [("civil_servant", 2, 1)]
    assert ExclusionEntry.objects.count() == 1
    assert ExclusionList.objects.count() == 2
    assert Act.objects.filter(verb="screening.import_list").count() == 2


def test_lists_of_another_programme_do_not_count(tmp_path: Path) -> None:
    people = register(1)
    put_on_list(tmp_path, people, code="wage_subsidy")
    wave = make_wave()
    assert list(screen_people(participants=people, wave=wave)) == people
    wave.programme = "prakerja-2023"
    assert screen_people(participants=people, wave=wave) == {}


@pytest.mark.parametrize("code", ["", "astronaut", "civil_servant "])
def test_a_list_that_no_programme_knows_is_refused(code: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownList) as caught:
        import_list(code=code, path=list_file(tmp_path, []), source=SOURCE, dated_on=DATED_ON)
    assert "civil_servant" in known_lists()
    assert "civil_servant" in str(caught.value)


@pytest.mark.parametrize("source", ["", " \u200b", "x" * 201, "a\0b"])
def test_a_list_has_a_source(source: str, tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        import_list(code="student", path=list_file(tmp_path, []), source=source, dated_on=DATED_ON)


def test_an_older_list_does_not_take_the_place_of_a_newer_one(tmp_path: Path) -> None:
    put_on_list(tmp_path, register(1), code="student")
    path = list_file(tmp_path, [])
    with pytest.raises(ListOlder):
        import_list(code="student", path=path, source=SOURCE, dated_on=DATED_ON - timedelta(days=1))
    assert import_list(code="student", path=path, source=SOURCE, dated_on=DATED_ON).entries == 0


def test_a_file_that_cannot_be_used_leaves_the_list_in_use(tmp_path: Path) -> None:
    people = register(1)
    put_on_list(tmp_path, people, code="student")
    with pytest.raises(ColumnAbsent):
        import_list(code="student", path=list_file(tmp_path, [], header="name"), source=SOURCE, dated_on=DATED_ON)
    with pytest.raises(FileUnreadable):
        import_list(code="student", path=tmp_path / "none.csv", source=SOURCE, dated_on=DATED_ON)
    assert list(screen_people(participants=people, wave=make_wave())) == people
