from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, NotFound, Refused


class BadAmount(Invalid):
    """Not a whole number of rupiah above zero that an account can hold."""

    code = "bad_amount"
    message = _("{amount} is not an amount that can be posted: it must be a whole number of rupiah from 1 to {largest}.")


class FlowNotAllowed(Invalid):
    """No money may flow this way."""

    code = "flow_not_allowed"
    message = _("The ledger has no flow from account {debit} to account {credit} under the key “{key}”.")


class BadKey(FlowNotAllowed):
    """A key that names no fact: empty, too long, or no text."""

    code = "bad_key"
    message = _("“{key}” cannot name a transfer: a key is a text of 1 to {most_bytes} bytes without null characters.")


class UnknownAccount(NotFound):
    """No owner has this id."""

    code = "unknown_account"
    message = _("There is no account {owner}.")


class UnknownRun(NotFound):
    """No run has this id."""

    code = "unknown_run"
    message = _("There is no run {run}.")


class KeyConflict(Refused):
    """The key was posted already, with other content."""

    code = "key_conflict"
    message = _("“{key}” was already posted on account {owner} with other content. Nothing was posted.")


class AccountClosed(Refused):
    """The account was closed; nothing may be taken from it."""

    code = "account_closed"
    message = _("The account has been closed since {closed_on}.")


class InsufficientBalance(Refused):
    """The account holds less than was asked for."""

    code = "insufficient_balance"
    message = _("Your balance is {available_idr} and {amount_idr} is needed: {missing_idr} is missing.")


class WouldOverdraw(Refused):
    """The account that the money would come from holds less, or the owner put less into it."""

    code = "would_overdraw"
    message = _("The account holds {available_idr} for this and {amount_idr} is needed: {missing_idr} is missing.")


class NothingToPost(Refused):
    """A run without targets."""

    code = "nothing_to_post"
    message = _("There is nothing to post: no account meets the rule.")


class RunStateWrong(Refused):
    """The run is in a state that does not allow this."""

    code = "run_state_wrong"
    message = _("This run is already {state}.")


class NoRunNamed(Refused):
    """An approval or a cancellation of no run at all."""

    code = "no_run_named"
    message = _("No proposal is waiting for approval.")


class RunsDiffer(Refused):
    """What is to be approved is not what the approver was shown."""

    code = "runs_differ"
    message = _("What waits here has changed since your page was made, or is not what it showed. Look at it as it is now.")


class RunOutdated(Refused):
    """Proposed in one fiscal year, to be approved in another."""

    code = "run_outdated"
    message = _("This run was proposed in an earlier fiscal year. Cancel it and propose it again.")


class DuplicateTarget(Refused):
    """One account is named twice among the targets of one run, where it may be named once."""

    code = "duplicate_target"
    message = _("Account {owner} is named twice among the targets of one run. Nothing was proposed.")


class BulkRefused(Refused):
    """At least one of many transfers cannot be posted, so none was."""

    code = "bulk_refused"
    message = _("{refused} of these transfers cannot be posted. Nothing was posted.")


class DayClosed(Refused):
    """The posting date was closed; nothing more is posted to it."""

    code = "day_closed"
    message = _("The books of {day} are closed.")


class RangeBackwards(Invalid):
    """The last day is before the first."""

    code = "range_backwards"
    message = _("{last} is before {first}.")
