"""What the application itself records of the messages that it shows."""

from django.db import models

from bekal.messages.models import Message


class Reading(models.Model):
    """Since when somebody has read a message; one without a row is unread."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, primary_key=True, related_name="reading")
    read_at = models.DateTimeField()
