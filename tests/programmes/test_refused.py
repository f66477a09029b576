import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from bekal.core.errors import Invalid
from bekal.programmes.definition import DefinitionRefused, read_definition
from tests.programmes.tables import (
    DEFINITIONS,
    Place,
    as_toml,
    container,
    findings_of,
    packaged_table,
    pattern,
    places,
    schema_keys,
    written,
    wrong_values,
)

CODES = ("prakerja-2021", "prakerja-2023")
TABLES = {code: packaged_table(code) for code in CODES}
KEYS = {key.path: key for key in schema_keys()}


def last_place_of_each_key(code: str) -> dict[str, Place]:
    return {pattern(place): place for place in places(TABLES[code]) if isinstance(place[-1], str)}


PLACES = {path: ("prakerja-2023", place) for path, place in last_place_of_each_key("prakerja-2023").items()} | {
    path: ("prakerja-2021", place) for path, place in last_place_of_each_key("prakerja-2021").items()
}
"""For each key of the schema a packaged file, and the last place in it that has the key."""


def changed(code: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    table = copy.deepcopy(TABLES[code])
    change(table)
    return table


def replaced(code: str, place: Place, value: object) -> dict[str, Any]:
    return changed(code, lambda table: container(table, place).__setitem__(place[-1], value))


@pytest.mark.parametrize("closing", ["nothing_bought", "for_cause", "spending_ended"])
def test_a_bar_of_a_programme_that_there_is_not_is_named(closing: str, tmp_path: Path) -> None:
    table = replaced("prakerja-2021", ("closings", closing, "bars_programmes"), ["prakerja-2021", "prakerja-2032"])
    assert findings_of(table, folder=tmp_path, code="prakerja-2021") == {
        f"closings.{closing}.bars_programmes[1]": "expected a programme that there is (prakerja-2021, prakerja-2023),"
        ' found the text "prakerja-2032"'
    }


def test_a_programme_that_is_not_packaged_bars_itself_and_others(tmp_path: Path) -> None:
    table = replaced("prakerja-2021", ("closings", "nothing_bought", "bars_programmes"), ["kartu-daerah", "prakerja-2023"])
    table["code"] = "kartu-daerah"
    assert findings_of(table, folder=tmp_path, code="kartu-daerah") == {}


def test_the_packaged_files_use_every_key() -> None:
    assert sorted(PLACES) == sorted(KEYS)


@pytest.mark.parametrize("path", sorted(PLACES))
def test_a_required_key_left_out_is_named(path: str, tmp_path: Path) -> None:
    code, place = PLACES[path]
    table = changed(code, lambda table: container(table, place).__delitem__(place[-1]))
    found = findings_of(table, folder=tmp_path, code=code)
    if path.endswith("questions[].options"):
        assert found == {written(place): "expected 2 or more to choose from, found 0"}
    elif KEYS[path].is_required:
        assert list(found) == [written(place)]
        assert found[written(place)].startswith("is missing; expected ")
    else:
        assert found == {}


@pytest.mark.parametrize("path", sorted(PLACES))
def test_a_value_of_another_type_is_named(path: str, tmp_path: Path) -> None:
    code, place = PLACES[path]
    accepted = [
        value
        for value in wrong_values(KEYS[path])
        if list(findings_of(replaced(code, place, value), folder=tmp_path, code=code)) != [written(place)]
    ]
    assert accepted == []


@pytest.mark.parametrize("path", [path for path in sorted(PLACES) if KEYS[path].is_list])
def test_an_item_of_another_type_is_named_with_its_index(path: str, tmp_path: Path) -> None:
    code, place = PLACES[path]
    values: tuple[object, ...] = ([], 7.0, True)
    for value in values:
        table = replaced(code, (*place, 0), value)
        assert list(findings_of(table, folder=tmp_path, code=code)) == [f"{written(place)}[0]"]


def tables_within(code: str) -> list[Place]:
    return [(), *(place for place in places(TABLES[code]) if isinstance(container(TABLES[code], (*place, "")), dict))]


@pytest.mark.parametrize("code", CODES)
def test_an_unknown_key_is_named_in_every_table(code: str, tmp_path: Path) -> None:
    for place in tables_within(code):
        table = replaced(code, (*place, "bonus_idr"), 1)
        found = findings_of(table, folder=tmp_path, code=code)
        assert list(found) == [written((*place, "bonus_idr"))]
        assert found[written((*place, "bonus_idr"))].startswith("is no key of a definition; the keys here are ")


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_replaced_by_another_kind_is_named(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    code = data.draw(st.sampled_from(CODES))
    place = data.draw(st.sampled_from([place for place in places(TABLES[code]) if isinstance(place[-1], str)]))
    value = data.draw(st.sampled_from(wrong_values(KEYS[pattern(place)])))
    folder = tmp_path_factory.getbasetemp()
    assert list(findings_of(replaced(code, place, value), folder=folder, code=code)) == [written(place)]


AMOUNTS = sorted(path for path in PLACES if path.endswith("_idr"))


def test_amounts_stand_in_three_kinds_of_places() -> None:
    assert AMOUNTS == ["incentives.instalments[].amount_idr", "incentives.surveys[].amount_idr", "training.amount_idr"]


@pytest.mark.parametrize("amount", [0, -1, -1_000_000, 2**63, 10**30])
@pytest.mark.parametrize("path", AMOUNTS)
def test_an_amount_no_account_can_hold_is_refused(path: str, amount: int, tmp_path: Path) -> None:
    code, place = PLACES[path]
    found = findings_of(replaced(code, place, amount), folder=tmp_path, code=code)
    written_amount = "a number beyond 64 bits" if amount == 10**30 else f"the number {amount}"
    assert found == {written(place): f"expected a whole number from 1 to 9223372036854775807, found {written_amount}"}


YEAR: Place = ("fiscal_years", 1)
SURVEY: Place = ("incentives", "surveys", 0)
TEXT_EXPECTED = "expected one line of 1 to 300 characters, without spaces around it, "
SLUG_EXPECTED = "expected up to 40 of a-z, 0-9, - and _, beginning with a letter, "


@pytest.mark.parametrize(
    ("place", "value", "found"),
    [
        # dates that cannot be
        (
            (*YEAR, "last_day_to_spend"),
            date(2020, 12, 31),
            {
                "fiscal_years[1].last_day_to_spend": "expected a day no earlier than 2021-01-01, first_acceptance_day, "
                "found the date or time 2020-12-31"
            },
        ),
        (
            (*YEAR, "last_day_to_complete"),
            date(2021, 12, 14),
            {
                "fiscal_years[1].last_day_to_complete": "expected a day no earlier than 2021-12-15, last_day_to_spend, "
                "found the date or time 2021-12-14"
            },
        ),
        (
            (*YEAR, "instalment_last_days", 0),
            date(2020, 12, 31),
            {
                "fiscal_years[1].instalment_last_days[0]": "expected a day no earlier than 2021-01-01, first_acceptance_day, "
                "found the date or time 2020-12-31"
            },
        ),
        (
            (*YEAR, "instalment_last_days", 2),
            date(2022, 1, 30),
            {
                "fiscal_years[1].instalment_last_days[2]": "expected a day no earlier than 2022-01-31, the one before it, "
                "found the date or time 2022-01-30"
            },
        ),
        (
            (*YEAR, "survey_last_days", 1),
            date(2020, 12, 10),
            {
                "fiscal_years[1].survey_last_days[1]": "expected a day no earlier than 2021-01-01, first_acceptance_day, "
                "found the date or time 2020-12-10"
            },
        ),
        (
            (*YEAR, "instalment_last_days", 3),
            date(2023, 1, 1),
            {"fiscal_years[1].instalment_last_days[3]": "expected a date in 2021 or 2022, found the date or time 2023-01-01"},
        ),
        (
            (*YEAR, "first_acceptance_day"),
            date(2020, 12, 31),
            {"fiscal_years[1].first_acceptance_day": "expected a date in 2021, found the date or time 2020-12-31"},
        ),
        (
            ("fiscal_years", 0, "last_day_to_complete"),
            date(2201, 12, 15),
            {"fiscal_years[0].last_day_to_complete": "expected a date in 2020 or 2021, found the date or time 2201-12-15"},
        ),
        # lists that do not match
        (
            (*YEAR, "instalment_last_days"),
            [date(2021, 12, 31)],
            {"fiscal_years[1].instalment_last_days": "expected 4, one for each instalment, found 1"},
        ),
        ((*YEAR, "survey_last_days"), [], {"fiscal_years[1].survey_last_days": "expected 3, one for each survey, found 0"}),
        (
            ("incentives", "instalments", 2, "number"),
            2,
            {"incentives.instalments[2].number": "expected 3, its place in the list, found the number 2"},
        ),
        # names used twice
        (("languages",), ["id", "en", "id"], {"languages[2]": 'repeats the text "id" of item [0]'}),
        (
            ("payment", "channels", 3, "code"),
            "ovo",
            {"payment.channels[3].code": 'repeats the text "ovo" of item [1]'},
        ),
        (
            ("eligibility", "exclusions", 1, "code"),
            "civil_servant",
            {"eligibility.exclusions[1].code": 'repeats the text "civil_servant" of item [0]'},
        ),
        (
            ("incentives", "surveys", 2, "code"),
            "survey-1",
            {"incentives.surveys[2].code": 'repeats the text "survey-1" of item [0]'},
        ),
        (
            (*SURVEY, "questions", 1, "options", 4, "code"),
            "topic",
            {"incentives.surveys[0].questions[1].options[4].code": 'repeats the text "topic" of item [0]'},
        ),
        (
            ("closings", "spending_ended", "returns"),
            ["training", "training"],
            {"closings.spending_ended.returns[1]": 'repeats the text "training" of item [0]'},
        ),
        # words outside a fixed set
        (("currency",), "USD", {"currency": 'expected one of IDR, found the text "USD"'}),
        (("timezone",), "Asia/Makassar", {"timezone": 'expected one of Asia/Jakarta, found the text "Asia/Makassar"'}),
        (
            ("training", "release_to_provider_at"),
            "paid",
            {"training.release_to_provider_at": 'expected one of redeemed, first_attendance, completed, found the text "paid"'},
        ),
        (
            ("closings", "spending_ended", "returns", 0),
            "wave_fund",
            {"closings.spending_ended.returns[0]": 'expected one of training, incentive, found the text "wave_fund"'},
        ),
        # numbers out of range
        (
            ("training", "first_purchase_within_days"),
            0,
            {"training.first_purchase_within_days": "expected a whole number from 1 to 366, found the number 0"},
        ),
        (
            ("eligibility", "people_per_household_max"),
            0,
            {"eligibility.people_per_household_max": "expected a whole number from 1 to 100, found the number 0"},
        ),
        (
            ("eligibility", "maximum_age_years"),
            17,
            {"eligibility.maximum_age_years": "expected no less than minimum_age_years, 18, found the number 17"},
        ),
        (
            ("payment", "working_days_max"),
            2,
            {"payment.working_days_max": "expected no less than working_days_min, 3, found the number 2"},
        ),
        (
            ("reminders", "spending_days_before"),
            [7, 7],
            {"reminders.spending_days_before[1]": "expected a number below 7, the one before it, found the number 7"},
        ),
        (
            ("reminders", "first_purchase_days_before"),
            [30, 7],
            {
                "reminders.first_purchase_days_before[0]": "expected less than training.first_purchase_within_days, 30, "
                "found the number 30"
            },
        ),
        # more places kept free than there are
        (
            ("eligibility", "priority_groups", 0, "share_percent"),
            57,
            {"eligibility.priority_groups": "expected shares of up to 100 percent with those of the provinces, found 101"},
        ),
        (
            ("waves", "province_share_permille"),
            19,
            {"eligibility.priority_groups": "expected shares of up to 100 percent with those of the provinces, found 103"},
        ),
        (
            ("waves", "province_share_permille"),
            27,
            {"waves.province_share_permille": "expected a whole number from 0 to 26, found the number 27"},
        ),
        # questions that cannot be answered
        (
            (*SURVEY, "questions", 1, "options"),
            [],
            {"incentives.surveys[0].questions[1].options": "expected 2 or more to choose from, found 0"},
        ),
        (
            (*SURVEY, "questions", 1, "kind"),
            "text",
            {"incentives.surveys[0].questions[1].options": "expected none, for the answer is text"},
        ),
        # text nobody can read
        (("name", "en"), "", {"name.en": f'{TEXT_EXPECTED}found the text ""'}),
        (("name", "en"), " Prakerja", {"name.en": f'{TEXT_EXPECTED}found the text " Prakerja"'}),
        (("name", "en"), "a\u202eb", {"name.en": f'{TEXT_EXPECTED}found the text "a\u202eb"'}),
        (("name", "en"), "x" * 301, {"name.en": f'{TEXT_EXPECTED}found the text "{"x" * 39}…"'}),
        (("code",), "Prakerja 2021", {"code": f'{SLUG_EXPECTED}found the text "Prakerja 2021"'}),
        (("code",), "../prakerja", {"code": f'{SLUG_EXPECTED}found the text "../prakerja"'}),
        (("code",), "prakerja-2020", {"code": 'expected "prakerja-2021", the name of the file, found the text "prakerja-2020"'}),
    ],
    ids=lambda value: written(value) if isinstance(value, tuple) else "",
)
def test_what_contradicts_itself_is_refused(place: Place, value: object, found: dict[str, str], tmp_path: Path) -> None:
    assert findings_of(replaced("prakerja-2021", place, value), folder=tmp_path, code="prakerja-2021") == found


@pytest.mark.parametrize(
    "place",
    [
        ("languages",),
        ("fiscal_years",),
        ("incentives", "instalments"),
        ("incentives", "instalments", 0, "gates"),
        (*SURVEY, "questions"),
        ("closings", "nothing_bought", "returns"),
        ("payment", "channels"),
    ],
    ids=written,
)
def test_a_list_that_needs_an_item_is_refused_when_empty(place: Place, tmp_path: Path) -> None:
    found = findings_of(replaced("prakerja-2021", place, []), folder=tmp_path, code="prakerja-2021")
    assert found == {written(place): "expected 1 or more, found 0"}


def test_a_programme_may_have_no_surveys_exclusions_groups_or_reminders(tmp_path: Path) -> None:
    table = copy.deepcopy(TABLES["prakerja-2021"])
    table["incentives"]["surveys"] = []
    table["eligibility"]["exclusions"] = []
    table["eligibility"]["priority_groups"] = []
    table["reminders"] = {key: [] for key in table["reminders"]}
    for year in table["fiscal_years"]:
        year["survey_last_days"] = []
    assert findings_of(table, folder=tmp_path, code="prakerja-2021") == {}


def test_fiscal_years_must_not_overlap(tmp_path: Path) -> None:
    table = replaced("prakerja-2021", ("fiscal_years", 0, "last_day_to_spend"), date(2021, 1, 1))
    table["fiscal_years"][0]["last_day_to_complete"] = date(2021, 1, 1)
    assert findings_of(table, folder=tmp_path, code="prakerja-2021") == {
        "fiscal_years[1].first_acceptance_day": "expected a day after 2021-01-01, the last day to spend of the year before it, "
        "found the date or time 2021-01-01"
    }


def test_a_total_no_account_can_hold_is_refused(tmp_path: Path) -> None:
    table = replaced("prakerja-2021", ("training", "amount_idr"), 2**63 - 1)
    assert findings_of(table, folder=tmp_path, code="prakerja-2021") == {
        "training.amount_idr": "expected a total of training and incentives up to 9223372036854775807"
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is missing; expected text in quotes"),
        (b"\xff\xfe\x00", "expected UTF-8 text: invalid start byte at byte 0"),
        (b'code = "prakerja-2021\n', "expected TOML: Illegal character "),
        (b"code = 1\ncode = 2\n", "expected TOML: Cannot overwrite a value (at line 2, column 9)"),
        (b"day = 2021-02-30\n", "expected TOML: Invalid date or datetime (at line 1, column 7)"),
        (b"day = 2021-13-01\n", "expected TOML: "),
        (b"amount_idr = " + b"9" * 5000, "expected TOML: Exceeds the limit "),
        (b"a = " + b"[" * 100_000, "expected TOML: "),
        (b"# " + b"x" * 1_000_000, "expected at most 1000000 bytes"),
    ],
    ids=["empty", "bytes", "syntax", "key_twice", "day", "month", "digits", "depth", "size"],
)
def test_a_file_that_is_no_definition_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    found = findings_of(content, folder=tmp_path, code="prakerja-2021")
    first_key = "code" if content == b"" else ""
    assert next(iter(found)) == first_key
    assert found[first_key].startswith(says)


def test_a_number_of_thousands_of_digits_in_another_base_is_refused(tmp_path: Path) -> None:
    line = "first_purchase_within_days = 30"
    text = (DEFINITIONS / "prakerja-2021.toml").read_text(encoding="utf-8")
    content = text.replace(line, f"first_purchase_within_days = 0x{'f' * 6000}")
    assert findings_of(content, folder=tmp_path, code="prakerja-2021") == {
        "training.first_purchase_within_days": "expected a whole number from 1 to 366, found a number beyond 64 bits"
    }


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prakerja-2021.toml"
    with pytest.raises(DefinitionRefused) as caught:
        read_definition(path)
    assert dict(caught.value.findings) == {"": "expected a file that can be read: No such file or directory"}


def test_the_message_names_file_key_and_expectation_of_everything_wrong(tmp_path: Path) -> None:
    table = replaced("prakerja-2021", ("incentives", "instalments", 2, "amount_idr"), "600000")
    del table["training"]["amount_idr"]
    table["training"]["amount"] = 1_000_000
    path = tmp_path / "prakerja-2021.toml"
    path.write_text(as_toml(table), encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        read_definition(path)
    assert (type(caught.value), caught.value.code) == (DefinitionRefused, "definition_refused")
    with translation.override("en"):
        assert str(caught.value) == (
            f"The programme definition {path} is refused.\n"
            "training.amount: is no key of a definition; the keys here are "
            "amount_idr, first_purchase_within_days, days_after_cancellation, release_to_provider_at\n"
            "training.amount_idr: is missing; expected a whole number\n"
            'incentives.instalments[2].amount_idr: expected a whole number, found the text "600000"'
        )
