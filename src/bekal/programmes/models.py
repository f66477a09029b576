"""Waves: the groups that a programme accepts people in."""

import uuid

from django.db import models


class Wave(models.Model):
    """One wave of a programme: its fund in the ledger, and its calendar.

    The days are Jakarta's; each of the last days is itself included.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    fund = models.BigIntegerField(unique=True)
    accepted_on = models.DateField()
    first_purchase_by = models.DateField()
    spend_by = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="wave_number_once"),
            models.CheckConstraint(
                condition=models.Q(first_purchase_by__gte=models.F("accepted_on"), spend_by__gte=models.F("accepted_on")),
                name="wave_calendar_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}/{self.number}"
