"""What messages are about: people choose by topic what also comes to them by SMS."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """Each template belongs to one."""

    CODES = "codes", _("One-time codes")
    LOSSES = "losses", _("Money that goes back to the state, and last days")
    RESULTS = "results", _("The result of your application")
    PAYMENTS = "payments", _("Your incentives and your payment account")
    TRAININGS = "trainings", _("Trainings that were cancelled or given back")


REQUIRED: Final = frozenset({Topic.CODES, Topic.LOSSES, Topic.RESULTS})
"""What must be told: nobody can switch it off."""
OPTIONAL: Final = tuple(topic for topic in Topic if topic not in REQUIRED)
