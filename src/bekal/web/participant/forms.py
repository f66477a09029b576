"""What the confirmation pages send."""

import re
from typing import Any

from django import forms

from bekal.core.money import MAX_IDR


class PriceField(forms.IntegerField):
    """A price as a page wrote it. `371.000` is not read as 371, which Django's own field does."""

    re_decimal = re.compile("(?!)")


class PurchaseForm(forms.Form):
    """The two hidden values of a confirmation: its own key, and the price that the person saw."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    price_idr = PriceField(widget=forms.HiddenInput, min_value=0, max_value=MAX_IDR)


class BundleForm(forms.Form):
    """The hidden values of the confirmation of a bundle: its own key, and each training's code with the price that was seen.

    `cleaned_data["prices_idr"]` holds the prices by code.
    """

    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        price = PriceField(min_value=0, max_value=MAX_IDR)
        codes, prices = (self.data.getlist(name) for name in ("training", "price_idr"))  # type: ignore[attr-defined]
        if len(codes) != len(prices) or len(set(codes)) < len(codes):
            raise forms.ValidationError("each training needs one price")
        return self.cleaned_data | {"prices_idr": {code: price.clean(text) for code, text in zip(codes, prices, strict=True)}}
