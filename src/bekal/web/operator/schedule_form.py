"""The form by which a wave is proposed: calendar, places, shares, and what pays for them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bekal.core.amounts import read_idr
from bekal.core.errors import Invalid
from bekal.core.money import format_idr
from bekal.core.names import clean_name
from bekal.programmes.definition import Programme
from bekal.programmes.models import ShareKind
from bekal.programmes.provinces import PROVINCES
from bekal.programmes.scheduling import Plan, ScheduleWrong, Source
from bekal.treasury.waves import Returned

_MOST: Final = 2_147_483_647


class RupiahField(forms.CharField):
    """An amount as people write it; a whole number of rupiah."""

    def __init__(self, *, label: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=40, widget=widget)

    def clean(self, value: Any) -> Any:
        """The amount; 0 where nothing is written."""
        text = super().clean(value)
        try:
            return read_idr(text) if text else 0
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error


class _Minute(forms.DateTimeField):
    def __init__(self, *, label: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=label, widget=widget)


class ScheduleForm(forms.Form):
    """A wave of one programme. Shares that are left empty are those of the programme's definition."""

    number = forms.IntegerField(label=_("Number of the wave"), min_value=1, max_value=9_999)
    registration_opens_at = _Minute(label=_("Registration opens"))
    registration_closes_at = _Minute(label=_("Registration closes"))
    announces_at = _Minute(label=_("The result is announced"))
    places = forms.IntegerField(label=_("Places"), min_value=1, max_value=_MOST)
    budget_reference = forms.CharField(label=_("Number of the budget"), required=False, max_length=64)
    budget_idr = RupiahField(label=_("Whole amount of the budget"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, definition: Programme, returned: Sequence[Returned]) -> None:
        super().__init__(data)
        self.definition = definition
        self.returned = returned
        language = get_language() or "id"
        for group in definition.eligibility.priority_groups:
            usual = _("Empty: {percent} percent of the places").format(percent=group.share_percent)
            self._add_share(ShareKind.PRIORITY, group.code, group.name.in_language(language), usual)
        for code, name in PROVINCES.items():
            self._add_share(ShareKind.PROVINCE, code, name)
        for one in returned:
            of = {"wave": one.wave.number, "year": one.fiscal_year}
            # In the words of the page, which names the wave and the year above both fields.
            self.fields[_source(one)] = RupiahField(label=_("Take from wave {wave} of {year}").format(**of))
            label = _("Order for wave {wave} of {year}").format(**of)
            self.fields[_order(one)] = forms.CharField(label=label, required=False, max_length=64)

    @property
    def groups(self) -> list[forms.BoundField]:
        """The field of each priority group."""
        return [self[f"priority_{group.code}"] for group in self.definition.eligibility.priority_groups]

    @property
    def provinces(self) -> list[forms.BoundField]:
        """The field of each province."""
        return [self[f"province_{code}"] for code in PROVINCES]

    @property
    def has_wrong_province(self) -> bool:
        """Whether something is wrong with one of them, which are folded otherwise."""
        return any(field.errors for field in self.provinces)

    @property
    def sources(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """What returned and was not sent on, with the fields of its amount and its order."""
        return [(format_idr(one.amount_idr), self[_source(one)], self[_order(one)]) for one in self.returned]

    def plan(self) -> Plan:
        """What a valid form says."""
        asked = self.cleaned_data
        shares = {
            kind: {
                name.removeprefix(f"{kind}_"): value
                for name, value in asked.items()
                if name.startswith(f"{kind}_") and value is not None
            }
            for kind in ShareKind
        }
        return Plan(
            programme=self.definition.code,
            number=asked["number"],
            registration_opens_at=asked["registration_opens_at"],
            registration_closes_at=asked["registration_closes_at"],
            announces_at=asked["announces_at"],
            places=asked["places"],
            shares=shares,
            budget_reference=clean_name(asked["budget_reference"]),
            budget_idr=asked["budget_idr"],
            sources=[
                Source(one.wave, one.fiscal_year, asked[_source(one)], clean_name(asked[_order(one)]))
                for one in self.returned
                if asked[_source(one)] or asked[_order(one)]
            ],
        )

    def show(self, error: ScheduleWrong) -> None:
        """Put each finding beside its field."""
        for field, reason in error.findings:
            self.add_error(field if field in self.fields else None, str(reason))

    def _add_share(self, kind: ShareKind, code: str, label: str, usual: str = "") -> None:
        field = forms.IntegerField(label=label, help_text=usual, required=False, min_value=0, max_value=_MOST)
        self.fields[f"{kind}_{code}"] = field


def _source(one: Returned) -> str:
    return f"source_{one.wave.public_id}_{one.fiscal_year}"


def _order(one: Returned) -> str:
    return f"order_{one.wave.public_id}_{one.fiscal_year}"
