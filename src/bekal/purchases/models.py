"""What people bought."""

import uuid
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.catalogue.models import Training
from bekal.participants.models import Enrolment

REVIEW_CHARACTERS: Final = 2_000
MOST_STARS: Final = 5


class PurchaseStatus(models.TextChoices):
    BOUGHT = "bought", _("bought")
    REFUNDED = "refunded", _("refunded")


class Purchase(models.Model):
    """One training bought by one enrolment at the price of that moment.

    `request_key` comes from the confirmation page and makes a repeated request the same purchase. `redeem_code` opens the
    training at its platform. The moments say how far it has come, each None until it is reached; `released_idr` is what its
    provider has earned: nothing, or the price. `protects_until` is the last of the days that a cancellation gives the person to
    buy another training; a refund at the person's own wish gives none.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="purchases")
    price_idr = models.BigIntegerField()
    request_key = models.UUIDField()
    redeem_code = models.CharField(max_length=16, unique=True)
    status = models.CharField(max_length=16, choices=PurchaseStatus, default=PurchaseStatus.BOUGHT)
    bought_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    first_attended_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    rated_at = models.DateTimeField(null=True)
    refunded_at = models.DateTimeField(null=True)
    protects_until = models.DateField(null=True)
    released_idr = models.BigIntegerField(default=0, db_default=0)
    stars = models.SmallIntegerField(null=True)
    review = models.CharField(max_length=REVIEW_CHARACTERS, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "request_key"], name="purchase_request_once"),
            models.UniqueConstraint(
                fields=["enrolment", "training"], condition=models.Q(status="bought"), name="purchase_training_once"
            ),
            models.CheckConstraint(condition=models.Q(price_idr__gte=0), name="purchase_price_not_negative"),
            models.CheckConstraint(
                condition=models.Q(released_idr=0) | models.Q(released_idr=models.F("price_idr"), status="bought"),
                name="purchase_released_whole",
            ),
            models.CheckConstraint(
                condition=(models.Q(first_attended_at__isnull=True) | models.Q(redeemed_at__isnull=False))
                & (models.Q(completed_at__isnull=True) | models.Q(redeemed_at__isnull=False, status="bought"))
                & (models.Q(rated_at__isnull=True) | models.Q(completed_at__isnull=False)),
                name="purchase_moments_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(rated_at__isnull=True, stars__isnull=True)
                | models.Q(rated_at__isnull=False, stars__gte=1, stars__lte=MOST_STARS),
                name="purchase_stars_when_rated",
            ),
        ]
