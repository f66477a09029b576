from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Unavailable


class QueueAway(Unavailable):
    """The worker lost the database."""

    code = "queue_away"
    message = _("The worker lost the database ({reason}). Nothing is lost: start it again.")
