-- A wave's fund and its granting pools: what was allocated is granted, back in the fund, or waiting in an unfinished run.
WITH held AS (
    SELECT pool, held_idr
    FROM unnest(%(pools)s::bigint[], %(held_idr)s::numeric[]) AS held (pool, held_idr)
    WHERE ledger_kind_of(pool) = -2
)
SELECT 'granting', run.fund, format('granting pool %%s of run %%s holds Rp %%s', held.pool, run.id, held.held_idr)
FROM held
LEFT JOIN ledger_run AS run ON run.granting = held.pool
WHERE held.held_idr < 0 OR (held.held_idr > 0 AND run.state IS DISTINCT FROM 'approved')
ORDER BY held.pool
