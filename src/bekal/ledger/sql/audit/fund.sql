-- A wave's fund and its granting pools: what was allocated is granted, back in the fund, or waiting in an unfinished run.
WITH moved AS (
    SELECT credit AS pool, amount_idr AS change_idr FROM ledger_transfer WHERE credit % 10 = -2
    UNION ALL
    SELECT debit, -amount_idr FROM ledger_transfer WHERE debit % 10 = -2
), held AS (
    SELECT pool, sum(change_idr) AS held_idr FROM moved GROUP BY pool
)
SELECT 'granting', run.fund, format('granting pool %s of run %s holds Rp %s', held.pool, run.id, held.held_idr)
FROM held
LEFT JOIN ledger_run AS run ON (run.parameters ->> 'granting')::bigint = held.pool
WHERE held.held_idr < 0 OR (held.held_idr > 0 AND run.state IS DISTINCT FROM 'approved')
ORDER BY held.pool
