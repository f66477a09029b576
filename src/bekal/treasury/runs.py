"""The two runs that end a wave: revoking whoever bought nothing in time, and taking back what others did not spend."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.ledger.runs.kinds import RunKind, register_run_kind

REVOCATION: Final = "revocation"
EXPIRY: Final = "expiry"

# An enrolment that never spent from its balance; a free training is not a purchase.
BOUGHT_SQL: Final = (
    "EXISTS (SELECT FROM purchases_purchase AS purchase WHERE purchase.enrolment_id = enrolment.id AND purchase.price_idr > 0)"
)

_TARGETS_SQL: Final = """
    SELECT balance.owner, 1 AS place, balance.owner AS debit, %(returned)s::bigint AS credit, balance.available_idr AS bound_idr,
        'return:' || account.name AS key
    FROM participants_enrolment AS enrolment
    CROSS JOIN (VALUES (1, 'training'), (2, 'incentive')) AS account (kind, name)
    JOIN ledger_balance AS balance ON balance.owner = enrolment.number * 10 + account.kind
    WHERE enrolment.wave_id = %(wave)s AND enrolment.status = 'granted' AND {bought}
      AND account.name = ANY (string_to_array(%(returns)s, ','))
"""

_VERDICT_SQL: Final = """
    SELECT balance.available_idr AS amount_idr,
        CASE
            WHEN enrolment.status <> 'granted' THEN 'not_granted'
            WHEN {bought} THEN '{reason}'
        END AS reason
    FROM participants_enrolment AS enrolment
    WHERE enrolment.number = target.owner / 10
"""

# People are locked in one order, since another wave's run or an enrolment may want the same ones. Arrays, not joins: whatever the
# statistics say, each row is found by its key.
_AFTER_SQL: Final = """
    WITH over AS (
        UPDATE participants_enrolment AS enrolment
        SET status = '{status}'
        WHERE enrolment.status = 'granted' AND enrolment.number = ANY (ARRAY(
            SELECT target.owner / 10
            FROM ledger_run_target AS target
            WHERE target.run = %(run)s AND target.owner > %(low)s AND target.owner <= %(high)s
              AND (SELECT balance.closed_on FROM ledger_balance AS balance WHERE balance.owner = target.owner) IS NOT NULL
        ))
        RETURNING enrolment.participant_id
    ), held AS (
        SELECT person.id
        FROM participants_participant AS person
        WHERE %(bars)s = 1 AND person.id = ANY (ARRAY(SELECT over.participant_id FROM over))
        ORDER BY person.id
        FOR NO KEY UPDATE
    )
    INSERT INTO participants_bar (participant_id, barred_on)
    SELECT held.id, %(posting_date)s FROM held
    ON CONFLICT (participant_id) DO UPDATE SET barred_on = EXCLUDED.barred_on
"""


def register() -> None:
    """Tell the ledger how both runs work."""
    register_run_kind(
        RunKind(
            code=REVOCATION,
            title=_("Revocation: nothing bought in time"),
            describe=str,
            targets_sql=_TARGETS_SQL.format(bought=f"NOT {BOUGHT_SQL}"),
            verdict_sql=_VERDICT_SQL.format(bought=BOUGHT_SQL, reason="bought"),
            after_sql=_AFTER_SQL.format(status="revoked"),
            closes=True,
        )
    )
    register_run_kind(
        RunKind(
            code=EXPIRY,
            title=_("Expiry: training balance not spent"),
            describe=str,
            targets_sql=_TARGETS_SQL.format(bought=BOUGHT_SQL),
            verdict_sql=_VERDICT_SQL.format(bought=f"NOT {BOUGHT_SQL}", reason="nothing_bought"),
            after_sql=_AFTER_SQL.format(status="ended"),
            closes=True,
        )
    )
