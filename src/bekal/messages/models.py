"""The outbox: what was to be told to whom, as facts. Its words are in the templates; what became of it is the channel's."""

import uuid
from typing import Final

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _

from bekal.messages.topics import OPTIONAL

REASON_CHARACTERS: Final = 64


class Channel(models.TextChoices):
    """Where a message goes. Each has its folder in `channels/`."""

    IN_APP = "in_app", _("in the application")
    SMS = "sms", _("SMS")


class Message(models.Model):
    """One fact for one person by one channel. Append-only: a channel records in tables of its own what becomes of it.

    Without a recipient it goes to the phone of somebody who has no account yet (`newcomers.py`), and to nothing else.

    `parameters` are the values of the template's placeholders, with amounts in whole rupiah and days as `2021-03-01`. `about` is
    the public id of what the message is about, such as a purchase. After `useful_until` it is not sent any more; what stands in
    the application stays there.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.CharField(max_length=16, choices=Channel, db_default=Channel.IN_APP)
    template = models.CharField(max_length=64)
    parameters = models.JSONField()
    about = models.UUIDField()
    written_at = models.DateTimeField()
    useful_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(channel__in=list(Channel)), name="message_channel_known"),
            # A message that lacks a value could never be read. NULL is what SQL makes of a value that is not there.
            models.CheckConstraint(
                condition=~models.Q(
                    models.Func(
                        "parameters",
                        models.Value("$.* ? (@ == null)"),
                        function="jsonb_path_exists",
                        output_field=models.BooleanField(),
                    )
                ),
                name="message_values_are_there",
            ),
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False) | models.Q(channel=Channel.SMS), name="message_to_somebody"
            ),
            models.CheckConstraint(
                condition=models.Q(channel=Channel.IN_APP, useful_until__isnull=True)
                | (~models.Q(channel=Channel.IN_APP) & models.Q(useful_until__isnull=False)),
                name="message_sent_while_useful",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "channel", "id"], name="message_of_recipient"),
            models.Index(fields=["channel", "template"], name="message_to_send", condition=~models.Q(channel="in_app")),
        ]


class DeliveryState(models.TextChoices):
    """Where a message stands that a channel has to send; docs/messages.md has the ways between them."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    UNKNOWN = "unknown", _("unknown")
    EXPIRED = "expired", _("expired")
    ACCEPTED = "accepted", _("taken by the gateway")
    FAILED = "failed", _("failed")
    DELIVERED = "delivered", _("delivered")


class Delivery(models.Model):
    """What became of a message that leaves the database. The database makes the row with its message, and lets its state only
    move forward (`schema/deliveries.sql`).

    `claim` numbers the portion in which it was sent. `reason` is the gateway's word, or ours, for what failed. `settled_by` is
    the officer who said what became of it.
    """

    message = models.OneToOneField(Message, on_delete=models.PROTECT, primary_key=True, related_name="delivery")
    channel = models.CharField(max_length=16, choices=Channel)
    template = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=DeliveryState, db_default=DeliveryState.WAITING)
    priority = models.SmallIntegerField()
    useful_until = models.DateTimeField()
    claim = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()
    reason = models.CharField(max_length=REASON_CHARACTERS, db_default="")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(state__in=list(DeliveryState)), name="delivery_state_known")]
        indexes = [
            models.Index(fields=["priority", "message"], name="delivery_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["useful_until"], name="delivery_expiring", condition=models.Q(state="waiting")),
            models.Index(fields=["message"], name="delivery_unknown", condition=models.Q(state__in=["sending", "unknown"])),
        ]


class SendingSwitch(models.Model):
    """The one row that says whether messages are sent, and how many portions were claimed so far (`mark.py`).

    `identity` names this database in the home folder. `stopped_at` is since when sending is off.
    """

    only = models.BooleanField(primary_key=True, default=True)
    identity = models.UUIDField(default=uuid.uuid4)
    claims = models.BigIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="sendingswitch_one_row")]


class ContactKind(models.TextChoices):
    PHONE = "phone", _("phone")


class VerifiedHow(models.TextChoices):
    """How somebody showed that a contact is theirs."""

    SMS_CODE = "sms_code", _("by a code that was sent to it")


class Contact(models.Model):
    """Where one person can be reached: the number that is verified, and beside it perhaps one that waits for its code.

    The address is sealed under a key of this row alone, which `key_salt` makes: with the row it is gone. `address_index` finds
    and counts it without opening it. One number may be several people's, as a phone that a family shares. `language` is the one
    in which messages are written to it. A verified number that gave way to another stays, with `replaced_at`, until it was told.
    A newcomer's has no user until there is an account.
    """

    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="contacts", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ContactKind, default=ContactKind.PHONE)
    key_salt = models.BinaryField(max_length=32)
    address_sealed = models.BinaryField()
    address_index = models.BinaryField(max_length=32, db_index=True)
    language = models.CharField(max_length=8)
    added_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    verified_how = models.CharField(max_length=16, choices=VerifiedHow, default="")
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=models.Q(verified_at__isnull=False, replaced_at__isnull=True),
                name="contact_one_verified",
            ),
            models.UniqueConstraint(
                fields=["user", "kind"], condition=models.Q(verified_at__isnull=True), name="contact_one_waiting"
            ),
            models.CheckConstraint(
                condition=models.Q(verified_at__isnull=True, verified_how="")
                | models.Q(verified_at__isnull=False, verified_how__in=list(VerifiedHow)),
                name="contact_verified_somehow",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_at__isnull=True) | models.Q(verified_at__isnull=False),
                name="contact_verified_before_replaced",
            ),
        ]
        indexes = [models.Index(fields=["added_at"], name="contact_of_newcomer", condition=models.Q(user__isnull=True))]


class OneTimeCode(models.Model):
    """The newest code that was made for a contact, sealed under the contact's key until it was used.

    `tries` counts whoever typed one, before it is compared.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="code")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code_sealed = models.BinaryField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class CodeRequest(models.Model):
    """That a code was asked for: counted for the number, the person and the network, and cleared after a day.

    Without a user it was asked for by somebody who has no account yet.
    `is_known`: in a browser in which the person had come in before this visit.
    """

    address_index = models.BinaryField(max_length=32)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    network = models.CharField(max_length=64)
    is_known = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["address_index", "at"], name="coderequest_number"),
            models.Index(fields=["user", "at"], name="coderequest_user"),
            models.Index(fields=["network", "at"], name="coderequest_network"),
            models.Index(fields=["at"], name="coderequest_at"),
        ]


class Refusal(models.Model):
    """That a person does not want messages of a topic by a channel. Without a row they come."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=16, choices=Channel)
    topic = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "channel", "topic"], name="refusal_once"),
            models.CheckConstraint(condition=~models.Q(channel=Channel.IN_APP), name="refusal_never_in_the_application"),
            models.CheckConstraint(condition=models.Q(topic__in=list(OPTIONAL)), name="refusal_of_what_may_be_refused"),
        ]
