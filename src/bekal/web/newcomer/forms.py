"""The forms of a registration. What is typed is judged by the rooms; a form only says beside which field it was wrong."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import BekalError
from bekal.participants.models import Education, Sex
from bekal.participants.occupations import OCCUPATIONS
from bekal.participants.registration.errors import BirthDateImpossible
from bekal.participants.registration.services import judge_answer
from bekal.programmes.definition import Programme
from bekal.programmes.provinces import PROVINCES

_MOST_CHARACTERS: Final = 400
"""Longer than anything that is taken, so that what is too long is refused in our own words."""


class _Judged(forms.Form):
    """A form whose fields are judged as `judge_answer` does."""

    def _judge(self, name: str) -> str:
        try:
            return judge_answer(name, self.cleaned_data[name])
        except BekalError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def answers(self) -> dict[str, str]:
        """What was typed, by the names under which it is kept."""
        return {name: str(value) for name, value in self.cleaned_data.items()}


class BirthDateForm(forms.Form):
    """A birth date in three fields; `cleaned_data["birth_date"]` is the day."""

    birth_day = forms.CharField(label=_("Day"), max_length=2, error_messages={"required": BirthDateImpossible.message})
    birth_month = forms.CharField(label=_("Month"), max_length=2, required=False)
    birth_year = forms.CharField(label=_("Year"), max_length=4, required=False)

    def clean(self) -> dict[str, Any]:
        typed = [self.cleaned_data.get(name, "").strip() for name in ("birth_year", "birth_month", "birth_day")]
        try:
            if not all(part.isascii() and part.isdigit() for part in typed):
                raise ValueError
            self.cleaned_data["birth_date"] = date(*(int(part) for part in typed))
        except ValueError:
            if not self.has_error("birth_day"):
                self.add_error("birth_day", forms.ValidationError(BirthDateImpossible.message, code="birth_date_impossible"))
        return self.cleaned_data


class PhoneForm(forms.Form):
    phone = forms.CharField(label=_("Phone number"), max_length=32)


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=12)


class PasswordForm(forms.Form):
    password = forms.CharField(label=_("New password"), max_length=1024, strip=False, widget=forms.PasswordInput)


class NumbersForm(_Judged):
    """The NIK and the number of the family card."""

    nik = forms.CharField(label=_("NIK"), max_length=_MOST_CHARACTERS)
    household = forms.CharField(label=_("Number of your family card (KK)"), max_length=_MOST_CHARACTERS)

    def clean_nik(self) -> str:
        return self._judge("nik")

    def clean_household(self) -> str:
        return self._judge("household")


class BornForm(_Judged, BirthDateForm):
    """Birth date and sex."""

    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        super().clean()
        born = self.cleaned_data.get("birth_date")
        if born is not None:
            try:
                judge_answer("birth_date", born.isoformat())
            except BekalError as error:
                self.add_error("birth_day", forms.ValidationError(str(error), code=error.code))
        return self.cleaned_data


class PersonForm(BornForm):
    """Name, birth date and sex."""

    name = forms.CharField(label=_("Name"), max_length=_MOST_CHARACTERS)

    field_order = ("name", "birth_day", "birth_month", "birth_year", "sex")

    def clean_name(self) -> str:
        return self._judge("name")

    def answers(self) -> dict[str, str]:
        return {name: value for name, value in super().answers().items() if not name.startswith("birth_") or name == "birth_date"}


class BackgroundForm(_Judged):
    """Education, occupation and province."""

    education = forms.ChoiceField(label=_("Highest education"), choices=[("", _("Please choose")), *Education.choices])
    occupation = forms.ChoiceField(label=_("What you do"))
    province = forms.ChoiceField(label=_("Province where you live"))

    def __init__(self, *args: Any, programme: Programme | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "id"
        excluded = () if programme is None else programme.eligibility.exclusions
        own = [(code, label) for code, label in OCCUPATIONS.items()]
        others = [(exclusion.code, exclusion.name.in_language(language)) for exclusion in excluded]
        choose = ("", _("Please choose"))
        self.fields["occupation"].choices = [choose, *own, *others]  # type: ignore[attr-defined]
        provinces = sorted(PROVINCES.items(), key=lambda province: province[1])
        self.fields["province"].choices = [choose, *provinces]  # type: ignore[attr-defined]


def typed_before(answers: Mapping[str, str]) -> dict[str, str]:
    """The first values of a step's fields, from what was kept."""
    year, month, day = answers.get("birth_date", "--").split("-")
    return {**answers, "birth_day": day.lstrip("0"), "birth_month": month.lstrip("0"), "birth_year": year}
