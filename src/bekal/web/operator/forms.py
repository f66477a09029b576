from django import forms
from django.utils.translation import gettext_lazy as _


class ClockForm(forms.Form):
    """A day to move the demo's clock to."""

    day = forms.DateField(label=_("Move the clock to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
