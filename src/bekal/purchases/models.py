"""What people bought."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.catalogue.models import Training
from bekal.participants.models import Enrolment


class PurchaseStatus(models.TextChoices):
    BOUGHT = "bought", _("bought")
    REFUNDED = "refunded", _("refunded")


class Purchase(models.Model):
    """One training bought by one enrolment at the price of that moment.

    `request_key` comes from the confirmation page and makes a repeated request the same purchase. `redeem_code` opens the
    training at its platform.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="purchases")
    price_idr = models.BigIntegerField()
    request_key = models.UUIDField()
    redeem_code = models.CharField(max_length=16, unique=True)
    status = models.CharField(max_length=16, choices=PurchaseStatus, default=PurchaseStatus.BOUGHT)
    bought_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "request_key"], name="purchase_request_once"),
            models.UniqueConstraint(
                fields=["enrolment", "training"], condition=models.Q(status="bought"), name="purchase_training_once"
            ),
            models.CheckConstraint(condition=models.Q(price_idr__gte=0), name="purchase_price_not_negative"),
        ]
