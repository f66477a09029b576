"""Applications: that people ask for places in waves."""

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.participants.models.people import Participant
from bekal.programmes.models import Wave

REASON_CHARACTERS: Final = 32


class ApplicationState(models.TextChoices):
    """Where an application stands. What a draw found is with the draw until it is announced."""

    SUBMITTED = "submitted", _("submitted")
    WITHDRAWN = "withdrawn", _("withdrawn")
    ELIGIBLE = "eligible", _("eligible")
    REFUSED = "refused", _("not eligible")
    ACCEPTED = "accepted", _("accepted")
    RESERVE = "reserve", _("on the reserve list")
    HOUSEHOLD_FULL = "household_full", _("household full")
    WITHHELD = "withheld", _("withheld")
    NOT_CHOSEN = "not_chosen", _("not chosen")


class Application(models.Model):
    """That a person asks for a place in a wave.

    `number` is the registration number that the person is given: 12 digits, the last of them a check digit, drawn at random.
    `reason` is the code of the rule that refused or withheld it. `priority_groups` are codes of the programme's definition.
    `result_index` finds it by its number and the person's birth date together; None once the person was erased.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="applications", db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="applications", db_index=False)
    number = models.CharField(max_length=12, unique=True)
    state = models.CharField(max_length=16, choices=ApplicationState, default=ApplicationState.SUBMITTED)
    reason = models.CharField(max_length=REASON_CHARACTERS, default="")
    priority_groups = ArrayField(models.CharField(max_length=32), default=list)
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    result_index = models.BinaryField(max_length=32, unique=True, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "wave"], name="application_once_a_wave"),
            models.CheckConstraint(condition=models.Q(state__in=list(ApplicationState)), name="application_state_known"),
        ]
        # Whole waves change their state at once: no index holds it (`schema/storage.sql`).
        indexes = [models.Index(fields=["wave"], name="application_wave")]


class ResultTry(models.Model):
    """That somebody looked for a result and found none, or is looking: counted for the number and the network, kept for a day.

    `number_index` is a keyed hash of the number typed, whether anybody has it or not.
    """

    number_index = models.BinaryField(max_length=32)
    network = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["number_index", "at"], name="resulttry_number"),
            models.Index(fields=["network", "at"], name="resulttry_network"),
            models.Index(fields=["at"], name="resulttry_at"),
        ]
