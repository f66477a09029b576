"""Who was assigned to which arm, and what was put before whom with which probability."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bekal.participants.models import Enrolment
from bekal.recommender.models.publication import MODEL_NAME_CHARACTERS

ARM_CHARACTERS: Final = 16
SHELF_CHARACTERS: Final = 16


class Arm(models.TextChoices):
    """What a participant's shelves are filled by."""

    POPULARITY = "popularity"
    """What most people take, among what the balance can buy: the control."""
    PERSONAL = "personal"
    """The published model."""
    BUNDLE = "bundle"
    """The published model, and the best set for the balance."""


class Shelf(models.TextChoices):
    """A row of recommendations on the dashboard."""

    FITS = "fits"
    """What fits the balance."""
    BUNDLE = "bundle"
    """The best use of the balance: a set."""
    AFTER = "after"
    """What fits someone who has learnt a certain training."""


class Assignment(models.Model):
    """The arm of an enrolment, kept from its first opening of the dashboard, and the balance it had then.

    `is_drawn` is false where the arm was set by hand, for the person of the demonstration; such a row is never analysed.
    `opened_at` and `opened_balance_idr` are None until the dashboard is opened with something to spend.
    """

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, primary_key=True, related_name="+")
    arm = models.CharField(max_length=ARM_CHARACTERS, choices=Arm)
    is_drawn = models.BooleanField(default=True)
    opened_at = models.DateTimeField(null=True)
    opened_balance_idr = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(arm__in=list(Arm)), name="assignment_arm_known"),
            models.CheckConstraint(
                condition=models.Q(opened_at__isnull=True, opened_balance_idr__isnull=True)
                | models.Q(opened_at__isnull=False, opened_balance_idr__gte=0),
                name="assignment_opened_with_balance",
            ),
        ]


class Impression(models.Model):
    """One shelf as it was put before one person on one day; seen again unchanged, it is still the same one.

    `key` follows from all that the shelf hangs on by a keyed hash, and is the seed of the draw. `slate` holds primary keys of
    trainings in the order shown. `slot` is the place that was drawn and `probability` the chance of what is there; both are
    None for a shelf without a draw. `candidates_sha256` names the items that could have been drawn, best first. `model` is empty
    where popularity filled the shelf. `rendered_at` is when the page first reported that the shelf came into view; None where it
    never did, or the browser runs no scripts.
    """

    key = models.UUIDField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    arm = models.CharField(max_length=ARM_CHARACTERS, choices=Arm)
    shelf = models.CharField(max_length=SHELF_CHARACTERS, choices=Shelf)
    model = models.CharField(max_length=MODEL_NAME_CHARACTERS, default="")
    balance_idr = models.BigIntegerField()
    slate = ArrayField(models.BigIntegerField())
    slot = models.SmallIntegerField(null=True)
    probability = models.FloatField(null=True)
    candidates = models.SmallIntegerField()
    candidates_sha256 = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    rendered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(arm__in=list(Arm), shelf__in=list(Shelf)), name="impression_arm_and_shelf_known"
            ),
            models.CheckConstraint(
                condition=models.Q(slot__isnull=True, probability__isnull=True)
                | models.Q(slot__gte=0, probability__gt=0, probability__lte=1),
                name="impression_slot_with_probability",
            ),
        ]
