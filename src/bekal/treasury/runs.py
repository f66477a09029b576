"""The two runs that end a wave: revoking those who bought nothing in time, and taking back what others did not spend."""

from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.participants.models import EnrolmentStatus
from bekal.participants.statuses import end_sql

REVOCATION: Final = "revocation"
EXPIRY: Final = "expiry"
WAVE_END: Final = (REVOCATION, EXPIRY)
"""The kinds of runs that end a wave."""

_SECURITY_SQL: Final = """
    JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
    CROSS JOIN LATERAL purchases_security(enrolment.id, enrolment.first_purchase_by, wave.spend_by) AS security
"""

_TARGETS_SQL: Final = f"""
    SELECT balance.owner, 1 AS place, balance.owner AS debit, %(returned)s::bigint AS credit, balance.available_idr AS bound_idr,
        'return:' || account.name AS key
    FROM participants_enrolment AS enrolment
    {_SECURITY_SQL}
    CROSS JOIN unnest(%(returns)s::text[]) AS account (name)
    JOIN ledger_balance AS balance ON balance.owner = CASE account.name
        WHEN 'training' THEN ledger_training(enrolment.number)
        WHEN 'incentive' THEN ledger_incentive(enrolment.number)
    END
    WHERE enrolment.wave_id = %(wave)s AND enrolment.status = 'granted' AND {{ends}}
"""

# An incentive that was paid and came back, and has not been sent again: it is its owner's already.
_CAME_BACK_SQL: Final = """EXISTS (
    SELECT FROM payouts_payment AS back
    WHERE back.owner = target.owner AND back.state = 'bounced' AND NOT EXISTS (
        SELECT FROM payouts_payment AS later
        WHERE later.owner = back.owner AND payouts_fact(later.key) = payouts_fact(back.key) AND later.state IN ('sent', 'paid')
    )
)"""

_VERDICT_SQL: Final = f"""
    SELECT balance.available_idr AS amount_idr,
        CASE
            WHEN enrolment.status <> 'granted' THEN 'not_granted'
            {{unless}}
            WHEN {_CAME_BACK_SQL} THEN 'came_back'
        END AS reason
    FROM participants_enrolment AS enrolment
    {_SECURITY_SQL}
    WHERE enrolment.number = ledger_number_of(target.owner)
"""


def register() -> None:
    """Tell the ledger how both runs work."""
    register_run_kind(
        RunKind(
            code=REVOCATION,
            title=_("Revocation: nothing bought in time"),
            describe=_describe_revocation,
            targets_sql=_TARGETS_SQL.format(ends="NOT security.has_bought AND security.first_purchase_by < %(today)s::date"),
            verdict_sql=_VERDICT_SQL.format(
                # Nobody's days that have not begun are over, whatever was frozen.
                unless="WHEN security.has_bought THEN 'bought'"
                " WHEN security.first_purchase_by IS NULL THEN 'not_told'"
                " WHEN security.first_purchase_by >= %(posting_date)s THEN 'days_left'"
            ),
            after_sql=end_sql(EnrolmentStatus.REVOKED),
            closes=True,
        )
    )
    register_run_kind(
        RunKind(
            code=EXPIRY,
            title=_("Expiry: training balance not spent"),
            describe=_describe_expiry,
            targets_sql=_TARGETS_SQL.format(ends="security.has_bought"),
            verdict_sql=_VERDICT_SQL.format(unless="WHEN NOT security.has_bought THEN 'nothing_bought'"),
            after_sql=end_sql(EnrolmentStatus.ENDED),
            closes=True,
        )
    )


def _describe_revocation(run: Run) -> str:
    if run.parameters["bars"]:
        return gettext(
            "People of this wave who bought nothing in time lose training and incentive balance, and may not join a later wave."
        )
    return gettext("People of this wave who bought nothing in time lose training and incentive balance.")


def _describe_expiry(_run: Run) -> str:
    return gettext("What people of this wave did not spend of their training balance returns; incentives stay payable.")
