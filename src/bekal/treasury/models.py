"""What went to the treasury, by the numbers that the state knows it by."""

from django.db import models

from bekal.ledger.models import Run
from bekal.programmes.models import Wave


class Remittance(models.Model):
    """Returned money that an order sends to the treasury, to stay there or, with `to_wave`, for a later wave.

    `receipt_number` is what the treasury answers with. The directory of both numbers: each is used for one remittance.
    """

    order_number = models.CharField(max_length=64, unique=True)
    receipt_number = models.CharField(max_length=64, unique=True, null=True)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="+")
    to_wave = models.ForeignKey(Wave, on_delete=models.PROTECT, null=True, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField()
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="+")
