from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Corrupt, NotFound, Refused, Unavailable


class DayNotOver(Refused):
    """Only a day that is over can be sealed."""

    code = "day_not_over"
    message = _("{day} is not over: today is {today}. Seal it tomorrow, or an earlier day now.")


class DayUnfinished(Refused):
    """A run that was approved on the day, or earlier, has not posted everything yet."""

    code = "day_unfinished"
    message = _("Run {run}, approved on {day}, has not finished posting. Let it finish, then seal again.")


class DayBusy(Unavailable):
    """A transaction that could still post to the day stays open."""

    code = "day_busy"
    message = _("A transaction that could still post to {day} has been open for {seconds} seconds. Seal again once it has ended.")


class SealedLater(Refused):
    """The day has no seal of its own, and a later day has one."""

    code = "sealed_later"
    message = _("{day} was closed together with {later}, the next sealed day. Name that day.")


class NotSealed(NotFound):
    """No seal covers this."""

    code = "not_sealed"
    message = _("Account {owner} has nothing under seal {seal}.")


class SealBroken(Corrupt):
    """What was sealed is no longer what the ledger holds."""

    code = "seal_broken"
    message = _("The ledger no longer holds what seal {seal} of {day} sealed. Run an audit before anything else.")
