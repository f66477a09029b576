"""Exclusion lists, what screenings found, and who was found after a wave's applications were frozen."""

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.participants.models.applications import REASON_CHARACTERS
from bekal.participants.models.people import Participant
from bekal.programmes.models import Wave

SOURCE_CHARACTERS: Final = 200


class ExclusionList(models.Model):
    """A list of people who may not take part, as it was imported. The newest of each code is in use; the entries of the others
    are gone.

    `code` is that of the definitions' exclusion. `source` says where the list came from, `dated_on` of which day it is.
    `key_version` is that of the key under which its entries were made: after a rotation the list is imported again.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=24)
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=SOURCE_CHARACTERS)
    dated_on = models.DateField()
    key_version = models.PositiveSmallIntegerField()
    entries_count = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="exclusionlist_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(replaced_at__isnull=True), name="exclusionlist_one_in_use"
            ),
        ]


class ExclusionEntry(models.Model):
    """A NIK on a list, as a blind index under the key of the list's version: nobody reads it from here."""

    pk = models.CompositePrimaryKey("list_id", "nik_key")
    list = models.ForeignKey(ExclusionList, on_delete=models.CASCADE, related_name="entries", db_index=False)
    nik_key = models.BinaryField(max_length=32)


class Screening(models.Model):
    """That a wave is or was screened, by which lists, and what came of it.

    `lists` holds the version of each list by code, `reasons` how many were refused for each reason. `hits` is how many people
    were newly found where the applications were frozen. `started_at` is when it was asked for, `finished_at` None until a worker
    has done it.
    """

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="screenings")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lists = models.JSONField(default=dict)
    judged = models.PositiveIntegerField(default=0)
    eligible = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wave"], condition=models.Q(finished_at__isnull=True), name="screening_one_at_a_time"
            ),
        ]


class HitState(models.TextChoices):
    """Where a hit stands. A case decides it."""

    OPEN = "open", _("to be decided")
    CONFIRMED = "confirmed", _("confirmed")
    CLEARED = "cleared", _("cleared")


class ScreeningHit(models.Model):
    """That a rule excludes a person who is in a wave's draw, or has a place in it already.

    Until it is cleared, nothing is accepted and no instalment is paid. The same finding again changes nothing, whatever was
    decided; but a rule other than a list that excludes somebody who is to have a place opens it again.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="screening_hits", db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=REASON_CHARACTERS)
    found_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=HitState, default=HitState.OPEN)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "wave", "reason"], name="screeninghit_once"),
            models.CheckConstraint(
                condition=models.Q(state=HitState.OPEN, decided_at__isnull=True)
                | models.Q(state__in=[HitState.CONFIRMED, HitState.CLEARED], decided_at__isnull=False),
                name="screeninghit_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["wave", "found_at"], name="screeninghit_open", condition=models.Q(state="open")),
        ]


class DoubleRegistration(models.Model):
    """That a registration is the second one of somebody, as a case has found: only the first counts."""

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, primary_key=True, related_name="double_of")
    first = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
