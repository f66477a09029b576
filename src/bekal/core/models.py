from datetime import timedelta

from django.db import models


class DemoClock(models.Model):
    """The one row that makes a database a demo's, and how far its clock is ahead of the real one."""

    only = models.BooleanField(primary_key=True, default=True)
    shift = models.DurationField(default=timedelta)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="democlock_one_row")]


class SealingKey(models.Model):
    """A key of the installation, wrapped under its identity secret; version 0 makes blind indexes, the others seal."""

    version = models.PositiveSmallIntegerField(primary_key=True)
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()


class SecretCheck(models.Model):
    """The one row by which the identity secret is known under which the keys are wrapped."""

    only = models.BooleanField(primary_key=True, default=True)
    value = models.CharField(max_length=16)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="secretcheck_one_row")]
