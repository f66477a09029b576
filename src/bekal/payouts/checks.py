"""What the audit asks of payments."""

from typing import Final

from bekal.ledger.audit import register_audit_check

# The rows of one fact alternate: sent, its result, and after a rejection sent again with the next occurrence.
_ORDER_SQL: Final = """
    SELECT 'occurrence', owner, format('row %%s (%%s) cannot stand here: it is number %%s of its kind', sequence, key, place)
    FROM (
        SELECT step.*, row_number() OVER fact AS place, lag(result) OVER fact AS before
        FROM (
            SELECT owner, sequence, key, split_part(split_part(key, '/', 1), ':', 1) AS kind,
                split_part(split_part(key, '/', 1), ':', 2) AS number,
                CASE WHEN starts_with(key, 'instalment:') THEN split_part(split_part(key, '/', 2), ':', 1) ELSE '1' END
                    AS occurrence,
                split_part(key, ':', 3) AS result
            FROM ledger_transfer
            WHERE owner > %(low)s AND owner <= %(high)s
              AND (starts_with(key, 'instalment:') OR starts_with(key, 'settle:'))
        ) AS step
        WINDOW fact AS (PARTITION BY owner, kind, number ORDER BY sequence)
    ) AS walked
    WHERE occurrence <> ((place + 1) / 2)::text OR before = 'paid'
       OR CASE mod(place, 2) WHEN 1 THEN result <> '' ELSE result NOT IN ('paid', 'rejected') END
    ORDER BY owner, sequence
"""

# Every payment is a transfer of its run to a channel, says what the ledger says became of it, and its result undoes or ends it.
_PAYMENT_SQL: Final = """
    SELECT 'payment', coalesce(sent.owner, payment.owner), CASE
        WHEN sent.owner IS NULL THEN format(
            'payment %%s of Rp %%s has no transfer %%s', payment.public_id, payment.amount_idr, payment.key)
        WHEN payment.id IS NULL THEN format('transfer %%s of Rp %%s has no payment', sent.key, sent.amount_idr)
        ELSE format('payment %%s of Rp %%s is %%s; its transfer %%s of Rp %%s says otherwise', payment.public_id,
            payment.amount_idr, payment.state, sent.key, sent.amount_idr)
    END
    FROM (
        SELECT sent.owner, sent.key, sent.amount_idr, sent.run,
            CASE WHEN ending.owner IS NULL THEN 'sent' ELSE split_part(ending.key, ':', 3) END AS state,
            coalesce((ending.debit, ending.credit, ending.amount_idr) = (
                sent.credit, CASE WHEN ending.key = sent.key || ':paid' THEN sent.credit - 1 ELSE sent.debit END, sent.amount_idr
            ), true) AS follows
        FROM ledger_transfer AS sent
        LEFT JOIN ledger_transfer AS ending
            ON ending.owner = sent.owner AND ending.key IN (sent.key || ':paid', sent.key || ':rejected')
        WHERE sent.owner > %(low)s AND sent.owner <= %(high)s
          AND (starts_with(sent.key, 'instalment:') OR starts_with(sent.key, 'settle:')) AND split_part(sent.key, ':', 3) = ''
    ) AS sent
    FULL JOIN (
        SELECT id, public_id, run, owner, key, amount_idr, state
        FROM payouts_payment
        WHERE owner > %(low)s AND owner <= %(high)s
    ) AS payment ON payment.owner = sent.owner AND payment.key = sent.key
    WHERE sent.owner IS NULL OR payment.id IS NULL OR NOT sent.follows
       OR (payment.amount_idr, payment.state) <> (sent.amount_idr, sent.state) OR payment.run IS DISTINCT FROM sent.run
"""


def register() -> None:
    """Occurrences come in order, and payments agree with their transfers."""
    register_audit_check(name="occurrence", sql=_ORDER_SQL, by_owner=True)
    register_audit_check(name="payment", sql=_PAYMENT_SQL, by_owner=True)
