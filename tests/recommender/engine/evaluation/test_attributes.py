import random

from bekal.recommender.engine.evaluation.attributes import levels_of


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
