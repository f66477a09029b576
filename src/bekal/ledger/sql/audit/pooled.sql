-- Pools out of which more was taken than was put in, and pools that are not in the directory. What each holds comes from the walk;
-- who is to blame is looked up only where there is blame.
WITH held AS (
    SELECT pool, held_idr FROM unnest(%(pools)s::bigint[], %(held_idr)s::numeric[]) AS held (pool, held_idr)
)
SELECT 'pooled', (
    SELECT min(owner)
    FROM (
        SELECT owner
        FROM ledger_transfer
        WHERE held.pool IN (debit, credit)
        GROUP BY owner
        HAVING sum(CASE held.pool WHEN credit THEN amount_idr ELSE -amount_idr END) < 0
    ) AS taker
), format('pool %%s was overdrawn by Rp %%s', pool, -held_idr)
FROM held
WHERE ledger_kind_of(pool) IN (-4, -7) AND held_idr < 0
UNION ALL
SELECT 'pooled', (
    SELECT min(owner) FROM ledger_transfer WHERE held.pool IN (debit, credit)
), format('pool %%s is not in the directory', pool)
FROM held
WHERE ledger_kind_of(pool) IN (-3, -4, -5, -6, -7) AND NOT EXISTS (SELECT FROM ledger_pool WHERE ledger_pool.id = pool)
ORDER BY 2, 3
