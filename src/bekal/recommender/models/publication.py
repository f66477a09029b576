"""Trained models, and which of them serves since when."""

from django.conf import settings
from django.db import models

MODEL_NAME_CHARACTERS = 64
REASON_CHARACTERS = 1_000


class TrainedModel(models.Model):
    """A model in a file of `BEKAL_HOME/models`, with what was found out about it before anybody was served by it.

    `sha256` is that of the file: one that was changed since does not serve. `metrics` were measured on people held out of
    training. `is_fair` is the verdict on them, None where they were too few to judge anything; `fairness` is the verdict with all
    that it rests on, None where nobody could be held out.
    """

    name = models.CharField(max_length=MODEL_NAME_CHARACTERS, unique=True)
    kind = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    catalogue_sha256 = models.CharField(max_length=64)
    data_from = models.DateField(null=True)
    data_until = models.DateField(null=True)
    people = models.BigIntegerField()
    purchases = models.BigIntegerField()
    metrics = models.JSONField(default=dict)
    is_fair = models.BooleanField(null=True)
    fairness = models.JSONField(null=True)
    trained_at = models.DateTimeField()
    trained_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name

    @property
    def file_name(self) -> str:
        return f"{self.name}.model"


class Publication(models.Model):
    """One decision about which model serves; the newest row is the one that holds. Rows are only added.

    `restores` is the publication that a rollback went back to. `overridden_by` let a model serve that the gate refused.
    """

    model = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="publications")
    since = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    overridden_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    override_reason = models.CharField(max_length=REASON_CHARACTERS, default="")
    restores = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(overridden_by__isnull=True, override_reason="")
                | (
                    models.Q(overridden_by__isnull=False, published_by__isnull=False)
                    & ~models.Q(override_reason="")
                    & ~models.Q(overridden_by=models.F("published_by"))
                ),
                name="publication_override_by_a_second_person",
            )
        ]
