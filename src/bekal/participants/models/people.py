"""People: who they are, since when they may not join, and whether their NIK says what they do."""

import uuid
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

NAME_CHARACTERS: Final = 200
OCCUPATION_CHARACTERS: Final = 32
EVIDENCE_CHARACTERS: Final = 200


class Sex(models.TextChoices):
    FEMALE = "F", _("woman")
    MALE = "M", _("man")


class Education(models.TextChoices):
    PRIMARY = "primary", _("primary school (SD)")
    LOWER_SECONDARY = "lower_secondary", _("lower secondary school (SMP)")
    UPPER_SECONDARY = "upper_secondary", _("upper secondary school (SMA/SMK)")
    DIPLOMA = "diploma", _("diploma (D1–D3)")
    BACHELOR = "bachelor", _("bachelor (S1/D4)")
    POSTGRADUATE = "postgraduate", _("postgraduate (S2/S3)")


class Participant(models.Model):
    """A registered person.

    Who it is, is sealed under the person's data key, which `key_salt` makes; `sealed.py` opens it, until the person is erased.
    NIK, family card, birth date, and name and birth date together are found through blind indexes. In clear is what the
    recommender and reports need: the age band on the day when the birth date was last judged, sex, province, education,
    occupation.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="participant")
    key_salt = models.BinaryField(max_length=32, null=True)
    name_sealed = models.BinaryField()
    nik_sealed = models.BinaryField()
    birth_date_sealed = models.BinaryField()
    nik_index = models.BinaryField(max_length=32, unique=True)
    household_index = models.BinaryField(max_length=32, db_index=True)
    birth_date_index = models.BinaryField(max_length=32, db_index=True, null=True)
    name_birth_index = models.BinaryField(max_length=32, db_index=True, null=True)
    age_band = models.CharField(max_length=8)
    sex = models.CharField(max_length=1, choices=Sex)
    province = models.CharField(max_length=2)
    education = models.CharField(max_length=16, choices=Education)
    occupation = models.CharField(max_length=OCCUPATION_CHARACTERS)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(sex__in=list(Sex)), name="participant_sex_known"),
            models.CheckConstraint(
                condition=models.Q(key_salt__isnull=False)
                | models.Q(birth_date_index__isnull=True, name_birth_index__isnull=True),
                name="participant_erased_wholly",
            ),
        ]


class Bar(models.Model):
    """Since when a person may not join another wave of these programmes; of any, where `programmes` is None.

    A table of its own: a revocation bars everybody whom it ends, and a changed row of `Participant` changes five indexes.
    """

    participant = models.OneToOneField(
        Participant, on_delete=models.PROTECT, primary_key=True, related_name="bar", db_constraint=False
    )
    programmes = ArrayField(models.CharField(max_length=64), null=True)
    barred_on = models.DateField()


class IdentityState(models.TextChoices):
    """Where a registration stands whose NIK says something else than the person."""

    TO_BE_VERIFIED = "to_be_verified", _("to be verified")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("not confirmed")


class IdentityCheck(models.Model):
    """That a person's NIK disagreed with what was typed, and what was decided.

    `disagreeing` names what did: birth_date, sex, or both; nik, where another one is registered with it (`IdentityClaim`).
    `decided_by` is empty where the registry or the NIK itself decided.
    A table of its own, since hardly anybody has one.
    """

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, primary_key=True, related_name="identity_check")
    disagreeing = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=IdentityState, default=IdentityState.TO_BE_VERIFIED)
    opened_at = models.DateTimeField()
    evidence = models.CharField(max_length=EVIDENCE_CHARACTERS, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(IdentityState)), name="identitycheck_state_known"),
            models.CheckConstraint(
                condition=models.Q(
                    state=IdentityState.TO_BE_VERIFIED, evidence="", decided_at__isnull=True, decided_by__isnull=True
                )
                | models.Q(~models.Q(state=IdentityState.TO_BE_VERIFIED), ~models.Q(evidence=""), decided_at__isnull=False),
                name="identitycheck_decided_with_evidence",
            ),
        ]
