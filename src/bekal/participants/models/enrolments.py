"""Enrolments: people in waves."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.messages.models import Message
from bekal.participants.models.people import Participant
from bekal.programmes.models import Wave


class EnrolmentStatus(models.TextChoices):
    ACCEPTED = "accepted", _("accepted")
    GRANTED = "granted", _("granted")
    ENDED = "ended", _("spending ended")
    REVOKED = "revoked", _("revoked")


class Enrolment(models.Model):
    """A person in a wave. `number` is that of its training and its incentive account in the ledger.

    `card_number` is by what partners know it (`cards.py`). `age_fits_on` is the day for which the exact age was judged and fitted
    the programme's rule: the birth date itself is sealed.
    `first_purchase_by` is the last of the days for the first purchase, which are counted from the day on which the person was
    told of the balance; None until that is known. No index holds it: a run changes the row of everybody in a wave.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    number = models.BigIntegerField(unique=True)
    card_number = models.CharField(max_length=16, unique=True)
    status = models.CharField(max_length=16, choices=EnrolmentStatus, default=EnrolmentStatus.ACCEPTED)
    age_fits_on = models.DateField()
    first_purchase_by = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "wave"], name="enrolment_once_a_wave"),
            models.CheckConstraint(condition=models.Q(status__in=list(EnrolmentStatus)), name="enrolment_status_known"),
        ]
        indexes = [models.Index(fields=["wave"], name="enrolment_wave")]


class Introduction(models.Model):
    """That somebody who was drawn is to read once what the balance is, before anything else; and when they said that they had.

    Whoever was accepted without applying has none.
    """

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, primary_key=True, related_name="introduction")
    acknowledged_at = models.DateTimeField(null=True)


class AwaitedNotice(models.Model):
    """That a person's days for the first purchase do not run yet, since nobody knows whether `message` arrived.

    `look_at` is when that is looked at next: the longer it is unknown, the more rarely.
    """

    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, primary_key=True, related_name="awaited_notice")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+", db_index=False)
    look_at = models.DateTimeField(db_index=True)
