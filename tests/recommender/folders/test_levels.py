import random

import pytest

from bekal.core.amounts import DecimalMark
from bekal.recommender.folders.levels import LevelRefused, levels_of


def test_ages_become_bands_and_what_is_no_age_is_unknown() -> None:
    column = levels_of("age", [str(age) for age in range(18, 38)] + ["", "adult", "-3"])
    assert column.values[0] == "18-24"
    assert column.values[19] == "35-44"
    assert column.values[20:] == (None, None, None)
    assert column.notes == ("column age: 1 values are no numbers and count as unknown",)


def test_ages_are_ages_even_where_many_are_none() -> None:
    assert levels_of("age", ["18", "N/A", "24", "?", "26"]).values == ("18-24", None, "18-24", None, "25-29")


def test_ages_that_are_bands_already_stay() -> None:
    assert levels_of("age", ["0-35", "35-55", "55<="]).values == ("0-35", "35-55", "55<=")


def test_a_column_of_few_numbers_is_taken_for_codes() -> None:
    provinces = [str(11 + person % 34) for person in range(200)]
    assert levels_of("province", provinces).values == tuple(provinces)


def test_a_column_of_many_numbers_is_cut_into_bands_of_equally_many_people() -> None:
    incomes = [str(number * 12.5) for number in range(800)]
    random.Random(0).shuffle(incomes)
    column = levels_of("income", incomes)
    assert column.notes == ("column income: 800 different numbers became 8 bands",)
    bands = sorted({band for band in column.values if band})
    by_number = sorted(zip(map(float, incomes), column.values, strict=True))
    assert [band for _, band in by_number] == sorted(band for band in column.values if band)
    assert all(abs(column.values.count(band) - 100) <= 1 for band in bands)


def test_a_column_of_numbers_that_pile_up_gets_fewer_bands() -> None:
    column = levels_of("children", ["0"] * 900 + [str(number) for number in range(1, 101)])
    assert len(set(column.values[:900])) == 1
    assert set(column.values[900:]) == {"2: 1…"}


def test_of_very_many_values_only_frequent_ones_are_used() -> None:
    column = levels_of("village", [f"v{person // 10}" for person in range(1_000)] + [f"w{person}" for person in range(500)])
    assert column.values[:1_000] == tuple(f"v{person // 10}" for person in range(1_000))
    assert set(column.values[1_000:]) == {None}
    assert column.notes == ("column village: 600 different values; the 100 most frequent are used, 500 people's are not",)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["F", "M", ""], ("F", "M", None)),
        (["pria", "Wanita", "f"], ("M", "F", "F")),
        (["laki-laki", "Perempuan", "M"], ("M", "F", "M")),
        (["L", "P"], ("M", "F")),  # laki-laki, perempuan
        (["W", "P"], ("F", "M")),  # wanita, pria
        (["male", "Female", "man", "WOMAN"], ("M", "F", "M", "F")),
    ],
)
def test_a_sex_is_one_of_two_levels_however_it_is_written(texts: list[str], values: tuple[str | None, ...]) -> None:
    assert levels_of("sex", texts).values == values
    assert levels_of("Sex", texts).values == values


def test_what_a_sex_is_taken_for_is_said() -> None:
    assert levels_of("sex", ["pria", "F", "pria"]).notes == ("column sex: pria counts as M",)


@pytest.mark.parametrize("texts", [["F", "X"], ["P"], ["P", "F", "M"], ["P", "L", "W"], ["1", "2"]])
def test_a_sex_that_is_neither_is_refused(texts: list[str]) -> None:
    with pytest.raises(LevelRefused, match="is no known sex"):
        levels_of("sex", texts)


def test_numbers_whose_points_may_separate_thousands_are_not_cut() -> None:
    thousands = [f"{number}.000" for number in range(100, 200)]
    with pytest.raises(LevelRefused, match=r"points in numbers such as 100\.000"):
        levels_of("income", thousands)
    with pytest.raises(LevelRefused, match=r"points in numbers such as 1\.500\.000"):
        levels_of("income", [*(str(number) for number in range(100)), "1.500.000"])
    stated = levels_of("income", [*thousands, "1.500.000"], decimal_mark=DecimalMark.COMMA)
    assert (stated.values[0], stated.values[-1]) == ("1: …112000", "8: 188000…")
    with pytest.raises(LevelRefused, match=r"points in numbers such as 101\.000"):  # whatever another's point means
        levels_of("score", ["1.5", *thousands[1:]])
    assert levels_of("score", [*thousands[1:], "1.5"], decimal_mark=DecimalMark.POINT).values[0] == "1: …112"


def test_ages_with_a_point_that_may_separate_thousands_are_refused_whatever_the_others_are() -> None:
    for texts in (["25.000", "31.000"], ["25.5", "31", "40.000"]):
        with pytest.raises(LevelRefused, match=r"points in numbers such as (25|40)\.000"):
            levels_of("age", texts)
    assert levels_of("age", ["25.5", "31"]).values == levels_of("age", ["25", "31"]).values
    assert levels_of("age", ["25.000"], decimal_mark=DecimalMark.POINT).values == levels_of("age", ["25"]).values
