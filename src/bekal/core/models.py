from datetime import timedelta

from django.db import models


class DemoClock(models.Model):
    """The one row that makes a database a demo's, and how far its clock is ahead of the real one."""

    only = models.BooleanField(primary_key=True, default=True)
    shift = models.DurationField(default=timedelta)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="democlock_one_row")]
