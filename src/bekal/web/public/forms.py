"""What the catalogue's search form sends."""

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from bekal.catalogue.models import Field
from bekal.catalogue.queries import Order

_MOST_CHARACTERS: Final = 200
_ORDERS: Final = [
    (Order.BEST, _("Best match")),
    (Order.CHEAPEST, _("Cheapest first")),
    (Order.DEAREST, _("Most expensive first")),
    (Order.NEWEST, _("Newest first")),
]


class SearchForm(forms.Form):
    """Search and filters. Whatever is not understood counts as not asked."""

    q = forms.CharField(
        label=_("Search for a training or a provider"),
        required=False,
        max_length=_MOST_CHARACTERS,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    field = forms.ChoiceField(label=_("Field"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=_ORDERS)
    fits = forms.BooleanField(label=_("Only what fits my balance"), required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def __init__(self, data: dict[str, str], *, fields: list[Field]) -> None:
        super().__init__(data)
        choices = [("", _("All fields")), *((field.value, field.label) for field in fields)]
        self.fields["field"] = forms.ChoiceField(label=_("Field"), required=False, choices=choices)
        self.is_valid()

    @property
    def text(self) -> str:
        """The text asked for, cut to its longest."""
        return str(self.data.get("q", ""))[:_MOST_CHARACTERS]

    @property
    def order(self) -> Order:
        """The order asked for."""
        return Order(self.cleaned_data.get("sort") or Order.BEST)
