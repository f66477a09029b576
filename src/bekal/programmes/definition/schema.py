"""What a programme definition holds. A field's name is its key in the TOML file; `docs/programmes.md` explains each.

All amounts are whole rupiah; all days are calendar days of the programme's time zone, and every last day is itself included,
up to its last second.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from bekal.core.money import MAX_IDR
from bekal.programmes.definition.constraints import AtLeast, Between, Falling, Line, Slug, Unique
from bekal.programmes.definition.errors import OutsideProgramme
from bekal.programmes.definition.findings import Finding, expected
from bekal.programmes.definition.kinds import (
    Balance,
    ChannelKind,
    Currency,
    EducationLevel,
    Gate,
    Language,
    QuestionKind,
    ReleaseMilestone,
    TimeZone,
)
from bekal.programmes.provinces import PROVINCES

Amount = Annotated[int, Between(1, MAX_IDR)]
Code = Annotated[str, Slug()]
DaysBefore = Annotated[tuple[Annotated[int, Between(0, 365)], ...], Falling()]


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in every language."""

    id: Annotated[str, Line()]
    en: Annotated[str, Line()]

    def in_language(self, language: str) -> str:
        """The words in a language as Django names it (`id`, `en`, `en-gb`); Indonesian for one that is not here."""
        return self.en if language.partition("-")[0] == Language.ENGLISH else self.id


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """The dates of those accepted in one fiscal year."""

    year: Annotated[int, Between(2000, 2100)]
    first_acceptance_day: date
    last_day_to_spend: date
    last_day_to_complete: date
    instalment_last_days: tuple[date, ...]
    survey_last_days: tuple[date, ...]

    def findings(self) -> Iterator[Finding]:
        first, last = self.first_acceptance_day, self.last_day_to_spend
        if first.year != self.year:
            yield Finding("first_acceptance_day", expected(f"a date in {self.year}", first))
        yield from _not_before("last_day_to_spend", last, first, "first_acceptance_day")
        yield from _not_before("last_day_to_complete", self.last_day_to_complete, last, "last_day_to_spend")
        for index, day in enumerate(self.instalment_last_days):
            earliest = self.instalment_last_days[index - 1] if index else first
            against = "the one before it" if index else "first_acceptance_day"
            yield from _not_before(f"instalment_last_days[{index}]", day, earliest, against)
        for index, day in enumerate(self.survey_last_days):
            yield from _not_before(f"survey_last_days[{index}]", day, first, "first_acceptance_day")
        # A slip in the year of a last day would otherwise keep public money out of the treasury's sight.
        for key in ("last_day_to_spend", "last_day_to_complete"):
            yield from _this_year_or_next(key, getattr(self, key), self.year)
        for key in ("instalment_last_days", "survey_last_days"):
            for index, day in enumerate(getattr(self, key)):
                yield from _this_year_or_next(f"{key}[{index}]", day, self.year)


@dataclass(frozen=True, slots=True)
class Training:
    """The balance that buys training and nothing else."""

    amount_idr: Amount
    first_purchase_within_days: Annotated[int, Between(1, 366)]
    days_after_cancellation: Annotated[int, Between(1, 366)]
    release_to_provider_at: ReleaseMilestone


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment after training."""

    number: Annotated[int, Between(1, 60)]
    amount_idr: Amount
    months_after_completion: Annotated[int, Between(0, 60)]
    gates: Annotated[tuple[Gate, ...], AtLeast(1), Unique()]

    def due_on(self, first_completed_on: date) -> date:
        """The first day it may be paid, given the day the first training was completed.

        The same day of a later month, or that month's last day where the month is shorter.
        """
        months = first_completed_on.year * 12 + first_completed_on.month - 1 + self.months_after_completion
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(first_completed_on.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    code: Code
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a survey."""

    code: Code
    kind: QuestionKind
    text: Text
    options: Annotated[tuple[Option, ...], Unique("code")] = ()
    required: bool = True

    def findings(self) -> Iterator[Finding]:
        if self.kind is QuestionKind.TEXT and self.options:
            yield Finding("options", "expected none, for the answer is text")
        elif self.kind is not QuestionKind.TEXT and len(self.options) < 2:
            yield Finding("options", f"expected 2 or more to choose from, found {len(self.options)}")


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey whose answer is paid."""

    code: Code
    title: Text
    amount_idr: Amount
    opens_days_after_first_instalment: Annotated[int, Between(0, 366)]
    questions: Annotated[tuple[Question, ...], AtLeast(1), Unique("code")]


@dataclass(frozen=True, slots=True)
class Incentives:
    """What is paid in money."""

    instalments: Annotated[tuple[Instalment, ...], AtLeast(1)]
    surveys: Annotated[tuple[Survey, ...], Unique("code")]

    def findings(self) -> Iterator[Finding]:
        for index, instalment in enumerate(self.instalments):
            if instalment.number != index + 1:
                yield Finding(f"instalments[{index}].number", expected(f"{index + 1}, its place in the list", instalment.number))


@dataclass(frozen=True, slots=True)
class Closing:
    """What happens when an enrolment ends in one certain way."""

    returns: Annotated[tuple[Balance, ...], AtLeast(1), Unique()]
    bars_programmes: Annotated[tuple[Code, ...], Unique()]


@dataclass(frozen=True, slots=True)
class Closings:
    """The three ways an enrolment ends."""

    nothing_bought: Closing
    for_cause: Closing
    spending_ended: Closing


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A list of people who may not take part; `source` says who keeps it."""

    code: Annotated[str, Slug(24)]
    name: Text
    source: Text


@dataclass(frozen=True, slots=True)
class PriorityGroup:
    """People for whom places are kept free; `share_percent` of a wave's places at least, unless the wave says otherwise."""

    code: Annotated[str, Slug(32)]
    name: Text
    share_percent: Annotated[int, Between(0, 100)]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may take part. Ages are completed years on the day of joining a wave."""

    citizens_only: bool
    minimum_age_years: Annotated[int, Between(0, 120)]
    people_per_household_max: Annotated[int, Between(1, 100)]
    exclusions: Annotated[tuple[Exclusion, ...], Unique("code")]
    priority_groups: Annotated[tuple[PriorityGroup, ...], Unique("code")]
    maximum_age_years: Annotated[int, Between(0, 120)] | None = None
    minimum_education: EducationLevel | None = None

    @property
    def educations(self) -> tuple[EducationLevel, ...]:
        """The levels of education with which people may take part."""
        levels = tuple(EducationLevel)
        return levels if self.minimum_education is None else levels[levels.index(self.minimum_education) :]

    def findings(self) -> Iterator[Finding]:
        if self.maximum_age_years is not None and self.maximum_age_years < self.minimum_age_years:
            says = expected(f"no less than minimum_age_years, {self.minimum_age_years}", self.maximum_age_years)
            yield Finding("maximum_age_years", says)


@dataclass(frozen=True, slots=True)
class Waves:
    """What holds for every wave unless its own schedule says otherwise.

    `province_share_permille` of a wave's places are kept free for the people of each province at least.
    """

    province_share_permille: Annotated[int, Between(0, 1000 // len(PROVINCES))]
    reserve_within_days: Annotated[int, Between(1, 366)]


@dataclass(frozen=True, slots=True)
class Application:
    """What people are asked before they apply to a wave: why, and what they bring with them. The answers decide nothing."""

    questions: Annotated[tuple[Question, ...], Unique("code")]


@dataclass(frozen=True, slots=True)
class Channel:
    """A bank or e-wallet that pays incentives out; `name` is its brand, the same in every language."""

    code: Code
    kind: ChannelKind
    name: Annotated[str, Line()]


@dataclass(frozen=True, slots=True)
class Payment:
    """How incentives are paid."""

    working_days_min: Annotated[int, Between(0, 60)]
    working_days_max: Annotated[int, Between(0, 60)]
    channels: Annotated[tuple[Channel, ...], AtLeast(1), Unique("code")]

    def findings(self) -> Iterator[Finding]:
        if self.working_days_max < self.working_days_min:
            says = expected(f"no less than working_days_min, {self.working_days_min}", self.working_days_max)
            yield Finding("working_days_max", says)


@dataclass(frozen=True, slots=True)
class Reminders:
    """How many days before a last day people are reminded of it; 0 is the last day itself."""

    first_purchase_days_before: DaysBefore
    spending_days_before: DaysBefore
    instalment_days_before: DaysBefore
    survey_days_before: DaysBefore


@dataclass(frozen=True, slots=True)
class Programme:
    """Everything a programme promises."""

    code: Code
    languages: Annotated[tuple[Language, ...], AtLeast(1), Unique()]
    currency: Currency
    timezone: TimeZone
    name: Text
    authority: Text
    fiscal_years: Annotated[tuple[FiscalYear, ...], AtLeast(1)]
    training: Training
    incentives: Incentives
    closings: Closings
    eligibility: Eligibility
    waves: Waves
    application: Application
    payment: Payment
    reminders: Reminders

    @property
    def incentive_idr(self) -> int:
        """All instalments and surveys: what an incentive account is granted."""
        instalments_idr = sum(instalment.amount_idr for instalment in self.incentives.instalments)
        return instalments_idr + sum(survey.amount_idr for survey in self.incentives.surveys)

    @property
    def total_idr(self) -> int:
        """Training and incentives: what one place in a wave costs."""
        return self.training.amount_idr + self.incentive_idr

    def fiscal_year(self, accepted_on: date) -> FiscalYear:
        """The fiscal year whose dates hold for a person accepted on that day.

        Raises:
            OutsideProgramme: before a year's first acceptance, or after its last day to spend.
        """
        for year in self.fiscal_years:
            if year.first_acceptance_day <= accepted_on <= year.last_day_to_spend:
                return year
        periods = ", ".join(f"{year.first_acceptance_day} – {year.last_day_to_spend}" for year in self.fiscal_years)
        raise OutsideProgramme(programme=self.code, day=accepted_on, periods=periods)

    def first_purchase_last_day(self, accepted_on: date) -> date:
        """The last day of the first purchase: the day of acceptance is the first of the days, and spending's end cuts them short.

        So counted the programme itself in 2021: wave 21, announced on 22 September, could buy until 21 October, 23:59.
        """
        window = timedelta(days=self.training.first_purchase_within_days - 1)
        return min(accepted_on + window, self.last_day_to_spend(accepted_on))

    def last_day_to_spend(self, accepted_on: date) -> date:
        """The last day on which training can be bought; what is left after it returns."""
        return self.fiscal_year(accepted_on).last_day_to_spend

    def last_day_to_complete(self, accepted_on: date) -> date:
        """The last day of training itself. What is still in escrow after it will not be released to a provider any more."""
        return self.fiscal_year(accepted_on).last_day_to_complete

    def reserve_last_day(self, accepted_on: date) -> date:
        """The last day on which somebody on the reserve list may take a place: the day of acceptance is the first of them."""
        return min(accepted_on + timedelta(days=self.waves.reserve_within_days - 1), self.last_day_to_spend(accepted_on))

    def instalment_last_day(self, *, number: int, accepted_on: date) -> date:
        """The last day to open the gates of instalment `number`; raises KeyError where there is no such instalment."""
        numbers = (instalment.number for instalment in self.incentives.instalments)
        return dict(zip(numbers, self.fiscal_year(accepted_on).instalment_last_days, strict=True))[number]

    def survey_last_day(self, *, code: str, accepted_on: date) -> date:
        """The last day to answer survey `code`; raises KeyError where there is no such survey."""
        codes = (survey.code for survey in self.incentives.surveys)
        return dict(zip(codes, self.fiscal_year(accepted_on).survey_last_days, strict=True))[code]

    def findings(self) -> Iterator[Finding]:
        """How the parts contradict each other; empty for a definition that was read."""
        if self.total_idr > MAX_IDR:
            yield Finding("training.amount_idr", f"expected a total of training and incentives up to {MAX_IDR}")
        yield from self._findings_in_years()
        provinces_percent = -(-len(PROVINCES) * self.waves.province_share_permille // 10)
        groups_percent = sum(group.share_percent for group in self.eligibility.priority_groups)
        if groups_percent + provinces_percent > 100:
            says = f"expected shares of up to 100 percent with those of the provinces, found {groups_percent + provinces_percent}"
            yield Finding("eligibility.priority_groups", says)
        window = self.training.first_purchase_within_days
        for index, days in enumerate(self.reminders.first_purchase_days_before):
            if days >= window:
                says = expected(f"less than training.first_purchase_within_days, {window}", days)
                yield Finding(f"reminders.first_purchase_days_before[{index}]", says)

    def _findings_in_years(self) -> Iterator[Finding]:
        for index, year in enumerate(self.fiscal_years):
            at = f"fiscal_years[{index}]"
            if index and year.first_acceptance_day <= (end := self.fiscal_years[index - 1].last_day_to_spend):
                says = expected(f"a day after {end}, the last day to spend of the year before it", year.first_acceptance_day)
                yield Finding(f"{at}.first_acceptance_day", says)
            for key, parts, of in (
                ("instalment_last_days", self.incentives.instalments, "instalment"),
                ("survey_last_days", self.incentives.surveys, "survey"),
            ):
                if len(days := getattr(year, key)) != len(parts):
                    yield Finding(f"{at}.{key}", f"expected {len(parts)}, one for each {of}, found {len(days)}")


def _not_before(key: str, day: date, earliest: date, against: str) -> Iterator[Finding]:
    if day < earliest:
        yield Finding(key, expected(f"a day no earlier than {earliest}, {against}", day))


def _this_year_or_next(key: str, day: date, year: int) -> Iterator[Finding]:
    if day.year > year + 1:
        yield Finding(key, expected(f"a date in {year} or {year + 1}", day))
