from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.programmes.definition import OutsideProgramme, UnknownProgramme, available_definitions, load_definition
from bekal.programmes.definition.kinds import Balance, ChannelKind, EducationLevel, Gate, Language, ReleaseMilestone
from bekal.programmes.definition.schema import Instalment, Text
from tests.programmes.tables import as_toml, findings_of, packaged_table

FIRST_TRAINING_GATES = (Gate.FIRST_TRAINING_COMPLETED, Gate.FIRST_TRAINING_RATED, Gate.PAYMENT_ACCOUNT_VERIFIED)


def test_both_prakerja_schemes_are_packaged() -> None:
    assert available_definitions() == ("prakerja-2021", "prakerja-2023")


@pytest.mark.parametrize("code", available_definitions())
def test_bars_name_programmes_that_there_are(code: str) -> None:
    closings = load_definition(code).closings
    for closing in (closings.nothing_bought, closings.for_cause, closings.spending_ended):
        assert set(closing.bars_programmes) <= set(available_definitions())


@pytest.mark.parametrize(
    ("code", "training_idr", "instalments_idr", "surveys_idr"),
    [("prakerja-2021", 1_000_000, [600_000] * 4, [50_000] * 3), ("prakerja-2023", 3_500_000, [600_000], [50_000] * 2)],
)
def test_amounts(code: str, training_idr: int, instalments_idr: list[int], surveys_idr: list[int]) -> None:
    programme = load_definition(code)
    assert programme.training.amount_idr == training_idr
    assert [instalment.amount_idr for instalment in programme.incentives.instalments] == instalments_idr
    assert [survey.amount_idr for survey in programme.incentives.surveys] == surveys_idr


@pytest.mark.parametrize(
    ("code", "incentive_idr", "total_idr"), [("prakerja-2021", 2_550_000, 3_550_000), ("prakerja-2023", 700_000, 4_200_000)]
)
def test_totals(code: str, incentive_idr: int, total_idr: int) -> None:
    programme = load_definition(code)
    assert (programme.incentive_idr, programme.total_idr) == (incentive_idr, total_idr)


@pytest.mark.parametrize("code", ["prakerja-2021", "prakerja-2023"])
def test_closing_rules(code: str) -> None:
    closings = load_definition(code).closings
    assert closings.nothing_bought.returns == (Balance.TRAINING, Balance.INCENTIVE)
    assert closings.nothing_bought.bars_programmes == ("prakerja-2021", "prakerja-2023")
    assert closings.for_cause.returns == (Balance.TRAINING, Balance.INCENTIVE)
    assert closings.spending_ended.returns == (Balance.TRAINING,)


def test_rules_of_2021() -> None:
    programme = load_definition("prakerja-2021")
    assert programme.languages == (Language.INDONESIAN, Language.ENGLISH)
    assert programme.training.release_to_provider_at is ReleaseMilestone.REDEEMED
    assert [instalment.gates for instalment in programme.incentives.instalments] == [FIRST_TRAINING_GATES] * 4
    assert [(channel.name, channel.kind) for channel in programme.payment.channels] == [
        ("BNI", ChannelKind.BANK),
        ("OVO", ChannelKind.E_WALLET),
        ("GoPay", ChannelKind.E_WALLET),
        ("LinkAja", ChannelKind.E_WALLET),
        ("DANA", ChannelKind.E_WALLET),
    ]
    eligibility = programme.eligibility
    assert (eligibility.citizens_only, eligibility.minimum_age_years, eligibility.maximum_age_years) == (True, 18, None)
    assert eligibility.people_per_household_max == 2
    assert [exclusion.code for exclusion in eligibility.exclusions] == [
        "civil_servant",
        "army",
        "police",
        "student",
        "village_head",
        "village_official",
        "state_official",
        "council_member",
        "state_company_board",
        "social_assistance",
        "wage_subsidy",
        "micro_enterprise_aid",
    ]
    assert [(group.code, group.share_percent) for group in eligibility.priority_groups] == [
        ("disability", 5),
        ("laid_off", 15),
        ("women_returning", 10),
    ]
    assert eligibility.educations == tuple(EducationLevel)


def test_rules_of_2023_that_differ_are_data() -> None:
    programme = load_definition("prakerja-2023")
    assert programme.training.release_to_provider_at is ReleaseMilestone.COMPLETED
    assert programme.eligibility.maximum_age_years == 64
    assert programme.eligibility.minimum_education is EducationLevel.PRIMARY
    assert [channel.code for channel in programme.payment.channels] == ["bni", "bca", "ovo", "gopay", "linkaja", "dana"]


def test_a_definition_is_read_once() -> None:
    assert load_definition("prakerja-2021") is load_definition("prakerja-2021")


@pytest.mark.parametrize("code", ["prakerja-2022", "", "../definitions/prakerja-2021", "prakerja-2021.toml"])
def test_an_unknown_programme_is_not_found(code: str) -> None:
    with pytest.raises(UnknownProgramme) as caught:
        load_definition(code)
    assert caught.value.details == {"name": code, "known": "prakerja-2021, prakerja-2023"}


@pytest.mark.parametrize(
    ("code", "accepted_on", "first_purchase", "spend", "complete"),
    [
        # Wave 21 of 2021 was announced on 22 September and could buy until 21 October.
        ("prakerja-2021", date(2021, 9, 22), date(2021, 10, 21), date(2021, 12, 15), date(2021, 12, 31)),
        ("prakerja-2021", date(2020, 4, 11), date(2020, 5, 10), date(2020, 12, 15), date(2020, 12, 15)),
        # The end of spending cuts the window short from 17 November on.
        ("prakerja-2021", date(2021, 11, 16), date(2021, 12, 15), date(2021, 12, 15), date(2021, 12, 31)),
        ("prakerja-2021", date(2021, 11, 17), date(2021, 12, 15), date(2021, 12, 15), date(2021, 12, 31)),
        ("prakerja-2021", date(2021, 12, 15), date(2021, 12, 15), date(2021, 12, 15), date(2021, 12, 31)),
        ("prakerja-2023", date(2023, 2, 27), date(2023, 3, 13), date(2023, 12, 15), date(2023, 12, 31)),
    ],
)
def test_last_days(code: str, accepted_on: date, first_purchase: date, spend: date, complete: date) -> None:
    programme = load_definition(code)
    assert programme.first_purchase_last_day(accepted_on) == first_purchase
    assert programme.last_day_to_spend(accepted_on) == spend
    assert programme.last_day_to_complete(accepted_on) == complete


def test_last_days_of_incentives_follow_the_year_of_acceptance() -> None:
    programme = load_definition("prakerja-2021")
    assert [programme.instalment_last_day(number=number, accepted_on=date(2020, 8, 8)) for number in (1, 2, 3, 4)] == [
        date(2020, 12, 31),
        date(2021, 1, 31),
        date(2021, 2, 28),
        date(2021, 3, 31),
    ]
    assert programme.instalment_last_day(number=4, accepted_on=date(2021, 3, 1)) == date(2022, 3, 31)
    assert programme.survey_last_day(code="survey-3", accepted_on=date(2020, 8, 8)) == date(2020, 12, 15)
    assert programme.survey_last_day(code="survey-3", accepted_on=date(2021, 3, 1)) == date(2021, 12, 10)


@pytest.mark.parametrize(
    ("accepted_on", "last_day"),
    [
        (date(2021, 9, 22), date(2021, 10, 5)),
        (date(2021, 12, 2), date(2021, 12, 15)),
        # The end of spending cuts the days short.
        (date(2021, 12, 3), date(2021, 12, 15)),
    ],
)
def test_a_reserve_moves_up_within_days_that_count_from_acceptance(accepted_on: date, last_day: date) -> None:
    assert load_definition("prakerja-2021").reserve_last_day(accepted_on) == last_day


@pytest.mark.parametrize(
    ("least", "educations"),
    [
        (None, tuple(EducationLevel)),
        (EducationLevel.PRIMARY, tuple(EducationLevel)),
        (EducationLevel.BACHELOR, (EducationLevel.BACHELOR, EducationLevel.POSTGRADUATE)),
    ],
)
def test_a_least_education_takes_the_higher_ones_too(
    least: EducationLevel | None, educations: tuple[EducationLevel, ...]
) -> None:
    eligibility = replace(load_definition("prakerja-2021").eligibility, minimum_education=least)
    assert eligibility.educations == educations


@pytest.mark.parametrize("number", [0, -1, 5])
def test_no_such_instalment(number: int) -> None:
    with pytest.raises(KeyError):
        load_definition("prakerja-2021").instalment_last_day(number=number, accepted_on=date(2021, 3, 1))


@pytest.mark.parametrize("accepted_on", [date(2020, 4, 10), date(2020, 12, 16), date(2020, 12, 31), date(2021, 12, 16)])
def test_nobody_is_accepted_outside_the_fiscal_years(accepted_on: date) -> None:
    programme = load_definition("prakerja-2021")
    for ask in (programme.fiscal_year, programme.first_purchase_last_day, programme.last_day_to_spend):
        with pytest.raises(OutsideProgramme) as caught:
            ask(accepted_on)
        assert caught.value.details == {
            "programme": "prakerja-2021",
            "day": accepted_on,
            "periods": "2020-04-11 – 2020-12-15, 2021-01-01 – 2021-12-15",
        }


def days_of(year: int) -> st.SearchStrategy[date]:
    fiscal_year = load_definition("prakerja-2021").fiscal_year(date(year, 6, 1))
    return st.dates(fiscal_year.first_acceptance_day, fiscal_year.last_day_to_spend)


@given(accepted_on=days_of(2020) | days_of(2021))
def test_a_full_window_has_thirty_days_counting_the_day_of_acceptance(accepted_on: date) -> None:
    programme = load_definition("prakerja-2021")
    last_day = programme.first_purchase_last_day(accepted_on)
    days = 1 + (last_day - accepted_on).days
    until_spending_ends = 1 + (programme.last_day_to_spend(accepted_on) - accepted_on).days
    assert days == min(30, until_spending_ends)


def instalments() -> Iterator[Instalment]:
    yield from load_definition("prakerja-2021").incentives.instalments


@pytest.mark.parametrize(
    ("completed_on", "due"),
    [
        (date(2021, 3, 5), [date(2021, 3, 5), date(2021, 4, 5), date(2021, 5, 5), date(2021, 6, 5)]),
        (date(2021, 10, 31), [date(2021, 10, 31), date(2021, 11, 30), date(2021, 12, 31), date(2022, 1, 31)]),
        (date(2021, 11, 30), [date(2021, 11, 30), date(2021, 12, 30), date(2022, 1, 30), date(2022, 2, 28)]),
        (date(2023, 12, 29), [date(2023, 12, 29), date(2024, 1, 29), date(2024, 2, 29), date(2024, 3, 29)]),
    ],
)
def test_instalments_fall_due_month_by_month(completed_on: date, due: list[date]) -> None:
    assert [instalment.due_on(completed_on) for instalment in instalments()] == due


@given(completed_on=st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_instalments_fall_due_in_consecutive_months(completed_on: date) -> None:
    due = [instalment.due_on(completed_on) for instalment in instalments()]
    months = [day.year * 12 + day.month for day in due]
    assert months == [months[0] + number for number in range(4)]
    for day in due:
        is_months_end = (day + timedelta(days=1)).day == 1
        assert day.day == completed_on.day or (is_months_end and day.day < completed_on.day)


@pytest.mark.parametrize(("language", "words"), [("id", "kata"), ("en", "words"), ("en-gb", "words"), ("fr", "kata")])
def test_text_in_a_language(language: str, words: str) -> None:
    assert Text(id="kata", en="words").in_language(language) == words


@pytest.mark.parametrize("code", ["prakerja-2021", "prakerja-2023"])
def test_a_packaged_definition_reads_the_same_when_written_anew(code: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    table = packaged_table(code)
    assert findings_of(as_toml(table), folder=tmp_path_factory.mktemp("anew"), code=code) == {}
