"""Waves: the groups that a programme accepts people in."""

import uuid

from django.db import models


class Wave(models.Model):
    """One wave of a programme: its fund in the ledger, and its calendar.

    The days are Jakarta's; each of the last days is itself included. People apply from `registration_opens_at` until before
    `registration_closes_at`, and are told at `announces_at` who has one of the `places`; all four are None for a wave whose
    people are accepted without applying.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    fund = models.BigIntegerField(unique=True)
    accepted_on = models.DateField()
    first_purchase_by = models.DateField()
    spend_by = models.DateField()
    registration_opens_at = models.DateTimeField(null=True)
    registration_closes_at = models.DateTimeField(null=True)
    announces_at = models.DateTimeField(null=True)
    places = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="wave_number_once"),
            models.CheckConstraint(
                condition=models.Q(first_purchase_by__gte=models.F("accepted_on"), spend_by__gte=models.F("accepted_on")),
                name="wave_calendar_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    registration_opens_at__isnull=True,
                    registration_closes_at__isnull=True,
                    announces_at__isnull=True,
                    places__isnull=True,
                )
                | models.Q(
                    registration_closes_at__gt=models.F("registration_opens_at"),
                    announces_at__gt=models.F("registration_closes_at"),
                    places__gte=1,
                ),
                name="wave_registration_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}/{self.number}"
