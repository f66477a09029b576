"""Registering: what somebody has typed so far, what they agreed to, and a NIK that two people say is theirs."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from bekal.participants.models.people import IdentityCheck, Participant


class Draft(models.Model):
    """What somebody who registers has typed so far, sealed under a key of this row; it goes when they are registered."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    key_salt = models.BinaryField(max_length=32)
    answers_sealed = models.BinaryField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["changed_at"], name="draft_changed_at")]


class Consent(models.Model):
    """That somebody agreed to how their data are used, as a certain version of the text says it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents", db_index=False)
    version = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="consent_once")]


class IdentityClaim(models.Model):
    """That a registration names a NIK which another one has already.

    `nik_index` is that of the NIK; the registration itself has a substitute for it, and an identity check that waits for
    an officer.
    """

    identity_check = models.OneToOneField(IdentityCheck, on_delete=models.PROTECT, primary_key=True, related_name="claim")
    nik_index = models.BinaryField(max_length=32, db_index=True)


class Answer(models.Model):
    """What a person answered to a question that a programme asks before people apply: codes of options, or a text."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="answers", db_index=False)
    programme = models.CharField(max_length=64)
    question = models.CharField(max_length=64)
    options = ArrayField(models.CharField(max_length=64), default=list)
    text = models.TextField(default="")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "programme", "question"], name="answer_once_a_question"),
        ]
