from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid


class NotEvaluated(Invalid):
    """The data and the options do not fit each other; the reason says what to change."""

    code = "not_evaluated"


class BatchOptions(Invalid):
    """Half of what a batch on files needs."""

    code = "batch_options"
    message = _("Give both --from and --to for a batch on files, and neither for one on the database.")


class NoBalance(Invalid):
    """Nothing to fit anything into."""

    code = "no_balance"
    message = _("Nobody’s balance is known: add a column balance to people.csv, or give --balance.")
