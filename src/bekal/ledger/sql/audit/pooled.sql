-- Pools that somebody overdrew: no owner may have taken more out of escrow or clearing than it put in, nobody more out of a payable or a
-- returned pool than all put in; and pools that are not in the directory.
WITH moved AS (
    SELECT owner, credit AS pool, amount_idr AS change_idr FROM ledger_transfer WHERE credit % 10 IN (-3, -4, -5, -6, -7)
    UNION ALL
    SELECT owner, debit, -amount_idr FROM ledger_transfer WHERE debit % 10 IN (-3, -4, -5, -7)
), held AS (
    SELECT owner, pool, sum(change_idr) AS held_idr FROM moved GROUP BY owner, pool
)
SELECT 'pooled', owner, format('took Rp %s more from pool %s than it put in', -held_idr, pool)
FROM held
WHERE pool % 10 IN (-3, -5) AND held_idr < 0
UNION ALL
SELECT 'pooled', min(owner) FILTER (WHERE held_idr < 0), format('pool %s was overdrawn by Rp %s', pool, -sum(held_idr))
FROM held
WHERE pool % 10 IN (-4, -7)
GROUP BY pool
HAVING sum(held_idr) < 0
UNION ALL
SELECT 'pooled', min(owner), format('pool %s is not in the directory', pool)
FROM held
WHERE NOT EXISTS (SELECT FROM ledger_pool WHERE ledger_pool.id = pool)
GROUP BY pool
ORDER BY 2
