"""The books of the treasury, a wave or a provider between two posting dates, on a page that prints well."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bekal.access.services import record_act
from bekal.catalogue.queries import all_providers, provider_by_public_id
from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.ledger.accounts import AccountKind
from bekal.ledger.reports import Report, provider_report, treasury_report, wave_report
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.programmes.queries import all_waves, wave_by_public_id
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only

_TREASURY = "treasury"


class ReportForm(forms.Form):
    """Whose books, from which posting date to which."""

    about = forms.ChoiceField(label=gettext_lazy("Whose books"))
    first = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        about = self.fields["about"]
        if isinstance(about, forms.ChoiceField):
            about.choices = [
                (_TREASURY, _("Treasury")),
                (_("Waves"), [(f"wave:{wave.public_id}", _wave_name(wave)) for wave in all_waves()]),
                (_("Providers"), [(f"provider:{found.public_id}", found.name) for found in all_providers()]),
            ]


@officers_only
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """Opening, flows and closing; at first the treasury's of this fiscal year."""
    today = clock.today()
    form = ReportForm(request.GET or {"about": _TREASURY, "first": date(today.year, 1, 1), "last": today})
    context: dict[str, object] = {"form": form, "at": clock.now()}
    status = 200
    if form.is_valid():
        try:
            context |= _shown(**form.cleaned_data)
            days = {name: form.cleaned_data[name].isoformat() for name in ("first", "last")}
            record_act(actor=officer(request), verb="report.show", subject=form.cleaned_data["about"], **days)
        except BekalError as error:
            record_fault(error)
            form.add_error("last", str(error))
            status = error.http_status
    else:
        status = 422
    return render(request, "operator/reports.html", context, status=status)


def _shown(*, about: str, first: date, last: date) -> dict[str, object]:
    kind, _separator, public_id = about.partition(":")
    title, report = _("Treasury"), None
    if kind == "wave":
        wave = wave_by_public_id(UUID(public_id))
        title, report = _wave_name(wave), wave_report(fund=wave.fund, first=first, last=last)
    elif kind == "provider":
        provider = provider_by_public_id(UUID(public_id))
        title, report = provider.name, provider_report(number=provider.number, first=first, last=last)
    else:
        report = treasury_report(first=first, last=last)
    return {"title": title, "report": report, **_rows(report, is_wave=kind == "wave")}


def _rows(report: Report, *, is_wave: bool) -> dict[str, object]:
    names = _names(is_wave=is_wave)
    return {
        "groups": [(names[group.kind.name], group) for group in report.groups],
        "flows": [(_name(names, flow.debit), _name(names, flow.credit), flow) for flow in report.flows],
    }


def _name(names: dict[str, str], kind: AccountKind) -> str:
    return names[kind.name]


def _names(*, is_wave: bool) -> dict[str, str]:
    """What people read for each kind of account."""
    return {
        "TREASURY": _("Treasury"),
        "FUND": _("Waves’ funds"),
        "GRANTING": _("On its way to people"),
        "TRAINING": _("Training balances"),
        "INCENTIVE": _("Incentive balances"),
        "ESCROW": _("Paid for courses, in escrow"),
        "PAYABLE": _("Owed or settled to providers") if is_wave else _("Owed to providers"),
        "CLEARING": _("On its way through a bank"),
        "PAID": _("Paid out"),
        "RETURNED": _("Returned"),
    }


def _wave_name(wave: Wave) -> str:
    programme = load_definition(wave.programme).name.in_language(get_language() or "id")
    return _("%(programme)s, wave %(number)s") % {"programme": programme, "number": wave.number}
