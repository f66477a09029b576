"""The outbox: what was to be told to whom, as facts. Its words are in the templates; what became of it is the channel's."""

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models


class Channel(models.TextChoices):
    """Where a message goes. Each has its folder in `channels/`."""

    IN_APP = "in_app"


class Message(models.Model):
    """One fact for one person by one channel. Append-only: a channel records in tables of its own what becomes of it.

    `parameters` are the values of the template's placeholders, with amounts in whole rupiah and days as `2021-03-01`. `about` is
    the public id of what the message is about, such as a purchase.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=16, choices=Channel, db_default=Channel.IN_APP)
    template = models.CharField(max_length=64)
    parameters = models.JSONField()
    about = models.UUIDField()
    written_at = models.DateTimeField()

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
        ]
        indexes = [models.Index(fields=["recipient", "channel", "id"], name="message_of_recipient")]
