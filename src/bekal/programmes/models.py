"""Waves: the groups that a programme accepts people in, and their schedules."""

import uuid
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Proposal

REFERENCE_CHARACTERS: Final = 64


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


class ShareKind(models.TextChoices):
    """Whom places are kept free for."""

    PRIORITY = "priority", _("priority group")
    PROVINCE = "province", _("province")


class WaveShare(models.Model):
    """So many places of a wave are kept free for a priority group or a province at least.

    `code` is that of the definition's group, or of the province. `rank` is the order in which a place is looked for: the groups
    as the definition lists them, then the provinces by code.
    """

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="shares")
    kind = models.CharField(max_length=8, choices=ShareKind)
    code = models.CharField(max_length=32)
    rank = models.PositiveSmallIntegerField()
    places = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "kind", "code"], name="waveshare_once"),
            models.CheckConstraint(condition=models.Q(kind__in=list(ShareKind)), name="waveshare_kind_known"),
            models.CheckConstraint(condition=models.Q(places__gte=1), name="waveshare_of_places"),
        ]


class WaveSchedule(Proposal):
    """A wave as it is proposed: its calendar, its places, for whom some are kept free, and what pays for them.

    `shares` holds whole places by kind and code. `budget_idr` is the whole of the budget with the number `budget_reference`, of
    which this wave takes what its `sources` do not pay. `wave` is there once it was approved.
    """

    programme = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    registration_opens_at = models.DateTimeField()
    registration_closes_at = models.DateTimeField()
    announces_at = models.DateTimeField()
    places = models.PositiveIntegerField()
    shares = models.JSONField()
    cost_idr = models.BigIntegerField()
    budget_reference = models.CharField(max_length=REFERENCE_CHARACTERS, default="")
    budget_idr = models.BigIntegerField(default=0)
    budget_part_idr = models.BigIntegerField(default=0)
    wave = models.OneToOneField(Wave, on_delete=models.PROTECT, null=True, related_name="schedule")

    class Meta(Proposal.Meta):
        verbose_name = _("schedule")
        constraints = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["programme", "number"], condition=~models.Q(state="cancelled"), name="waveschedule_number_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    registration_closes_at__gt=models.F("registration_opens_at"),
                    announces_at__gt=models.F("registration_closes_at"),
                    places__gte=1,
                ),
                name="waveschedule_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_part_idr__gte=0, budget_part_idr__lte=models.F("budget_idr")),
                name="waveschedule_within_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(state="approved", wave__isnull=False) | (~models.Q(state="approved") & models.Q(wave=None)),
                name="waveschedule_opens_wave",
            ),
        ]
        indexes = [models.Index(fields=["budget_reference"], name="waveschedule_budget")]

    def act_details(self) -> dict[str, str | int | None]:
        """Which wave, how many places, and what they cost."""
        return {"programme": self.programme, "number": self.number, "places": self.places, "amount_idr": self.cost_idr}


class ScheduleSource(models.Model):
    """What returned from an earlier wave in a fiscal year and pays for a scheduled one, by an order's number."""

    schedule = models.ForeignKey(WaveSchedule, on_delete=models.CASCADE, related_name="sources")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField()
    amount_idr = models.BigIntegerField()
    order_number = models.CharField(max_length=REFERENCE_CHARACTERS)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "order_number"], name="schedulesource_order_once"),
            models.UniqueConstraint(fields=["schedule", "wave", "fiscal_year"], name="schedulesource_once"),
            models.CheckConstraint(condition=models.Q(amount_idr__gte=1), name="schedulesource_of_money"),
        ]
