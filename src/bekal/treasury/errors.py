from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Refused


class TooEarly(Refused):
    """The day that the rule waits for has not passed."""

    code = "too_early"
    message = _("This can be proposed from the day after {last_day}; today is {today}.")


class EndPending(Refused):
    """A proposal for the same wave waits already."""

    code = "end_pending"
    message = _("A proposal for this wave is waiting for approval already.")


class NoEndPending(Refused):
    """No proposal for the wave waits."""

    code = "no_end_pending"
    message = _("No proposal for this wave is waiting for approval.")


class NothingToEnd(Refused):
    """Every enrolment of the wave has ended."""

    code = "nothing_to_end"
    message = _("There is nothing to take back in this wave.")
