"""What the nightly batch found for everybody."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bekal.participants.models import Enrolment
from bekal.recommender.models.publication import TrainedModel


class BatchRun(models.Model):
    """One pass over every active participant with one model. `last_enrolment` is how far it came: a killed one goes on there."""

    model = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_enrolment = models.BigIntegerField(default=0)
    people = models.BigIntegerField(default=0)


class BatchResult(models.Model):
    """What fitted one enrolment when the batch came by: primary keys of trainings, best first, and of the best set.

    Rows come and go by the million, so none is checked against the other table row by row.
    """

    pk = models.CompositePrimaryKey("run", "enrolment")
    run = models.ForeignKey(BatchRun, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="results")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    balance_idr = models.BigIntegerField()
    trainings = ArrayField(models.BigIntegerField())
    bundle = ArrayField(models.BigIntegerField())
    bundle_price_idr = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(bundle_price_idr__gte=0, bundle_price_idr__lte=models.F("balance_idr")),
                name="batchresult_bundle_affordable",
            )
        ]
