from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, Refused


class CaseDecided(Refused):
    """The case is no longer open."""

    code = "case_decided"
    message = _("This case is no longer open.")


class DecisionPending(Refused):
    """A decision waits for a second person."""

    code = "decision_pending"
    message = _("A decision about this case is waiting for approval already. Approve or cancel it first.")


class NothingProposed(Refused):
    """No decision waits for approval."""

    code = "nothing_proposed"
    message = _("No decision about this case is waiting for approval.")


class OutcomeUnknown(Invalid):
    """The kind of case has no such outcome, or none was chosen."""

    code = "outcome_unknown"
    message = _("Choose what is to be decided.")


class CaseDiffers(Refused):
    """What waits for approval is not what was shown."""

    code = "case_differs"
    message = _("This case is not as the page showed it. Nothing was decided. Look at it again before you decide.")
