"""Where people are paid, and every payment that was sent to a bank or e-wallet."""

import uuid
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.ledger.models import Run
from bekal.participants.models import Participant

REASON_CHARACTERS: Final = 64


class PaymentAccount(models.Model):
    """A person's account at a bank or e-wallet. `channel` is its code in the programme's definition; the number is sealed.

    The newest of a person is the one that is paid to, once the channel has said that its holder is this person. Earlier ones
    stay, as they show since when the person has had a verified account.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="payment_accounts")
    channel = models.CharField(max_length=64)
    number_sealed = models.BinaryField()
    linked_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=models.Q(replaced_at__isnull=True), name="paymentaccount_one_in_use"
            ),
        ]


class PaymentState(models.TextChoices):
    SENT = "sent", _("on its way")
    PAID = "paid", _("paid")
    REJECTED = "rejected", _("rejected")
    BOUNCED = "bounced", _("paid, and came back")


class Payment(models.Model):
    """One amount that a run sent to a channel: an instalment to a person's `account`, or a settlement to a provider.

    `owner` and `key` name its transfer in the ledger. `public_id` is what the channel gets to know it by. `decided_at` is
    when it was paid or rejected, `bounced_at` when what was paid came back; `reason` is the channel's word for either.
    """

    public_id = models.UUIDField(unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+", db_column="run", db_index=False)
    owner = models.BigIntegerField()
    key = models.CharField(max_length=100)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, null=True, related_name="payments")
    amount_idr = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=PaymentState, default=PaymentState.SENT, db_default=PaymentState.SENT)
    reason = models.CharField(max_length=REASON_CHARACTERS, default="", db_default="")
    sent_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="payment_transfer_once"),
            models.CheckConstraint(
                condition=models.Q(state=PaymentState.SENT, decided_at__isnull=True)
                | models.Q(state__in=[PaymentState.PAID, PaymentState.REJECTED, PaymentState.BOUNCED], decided_at__isnull=False),
                name="payment_decided_or_sent",
            ),
            models.CheckConstraint(
                condition=models.Q(state=PaymentState.BOUNCED, bounced_at__isnull=False)
                | (~models.Q(state=PaymentState.BOUNCED) & models.Q(bounced_at__isnull=True)),
                name="payment_bounced_on",
            ),
        ]
        indexes = [models.Index(fields=["run", "state"], name="payment_run_state")]
