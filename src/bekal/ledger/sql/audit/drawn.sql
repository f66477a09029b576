-- Owners in (low, high] that took more out of an escrow, clearing or paid pool than they put in.
WITH moved AS (
    SELECT owner, credit AS pool, amount_idr AS change_idr
    FROM ledger_transfer
    WHERE owner > %(low)s AND owner <= %(high)s AND ledger_kind_of(credit) IN (-3, -5, -6)
    UNION ALL
    SELECT owner, debit, -amount_idr
    FROM ledger_transfer
    WHERE owner > %(low)s AND owner <= %(high)s AND ledger_kind_of(debit) IN (-3, -5, -6)
)
SELECT 'pooled', owner, format('took Rp %%s more from pool %%s than it put in', -sum(change_idr), pool)
FROM moved
GROUP BY owner, pool
HAVING sum(change_idr) < 0
ORDER BY owner, pool
