"""What the confirmation page sends."""

from django import forms

from bekal.core.money import MAX_IDR


class PurchaseForm(forms.Form):
    """The two hidden values of a confirmation: its own key, and the price that the person saw."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    price_idr = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MAX_IDR)
