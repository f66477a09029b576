-- What every payable pool (kind -4) holds: at the newest seal, and by what was posted since. To be put before a SELECT from
-- `owed`. Computed once, however many targets ask.
WITH owed AS MATERIALIZED (
    SELECT pool, sum(change_idr)::bigint AS payable_idr
    FROM (
        SELECT pool, total_idr AS change_idr
        FROM ledger_seal_pool
        WHERE ledger_kind_of(pool) = -4 AND seal = (SELECT max(number) FROM ledger_seal)
        UNION ALL
        SELECT CASE ledger_kind_of(credit) WHEN -4 THEN credit ELSE debit END,
            CASE ledger_kind_of(credit) WHEN -4 THEN amount_idr ELSE -amount_idr END
        FROM ledger_transfer
        WHERE -4 IN (ledger_kind_of(credit), ledger_kind_of(debit))
          AND posting_date > coalesce((SELECT max(day) FROM ledger_seal), '-infinity')
    ) AS moved
    GROUP BY pool
)
