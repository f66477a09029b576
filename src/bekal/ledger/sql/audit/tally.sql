-- What the transfers of the owners in (low, high] add up to, for each run and pair of pools: how many, how much, and how many of
-- them were not the run's to post, because no target allows as much. What a run forwards has no target of its own.
SELECT
    transfer.run,
    CASE WHEN transfer.debit < 0 THEN transfer.debit END,
    CASE WHEN transfer.credit < 0 THEN transfer.credit END,
    starts_with(transfer.key, 'forward:'),
    count(*),
    sum(transfer.amount_idr),
    count(*) FILTER (WHERE target.bound_idr IS NULL OR transfer.amount_idr > target.bound_idr)
FROM ledger_transfer AS transfer
LEFT JOIN LATERAL (
    SELECT target.bound_idr
    FROM ledger_run_target AS target
    WHERE target.run = transfer.run AND target.owner = transfer.owner AND target.key = transfer.key
    LIMIT 1
) AS target ON true
WHERE transfer.owner > %(low)s AND transfer.owner <= %(high)s
GROUP BY 1, 2, 3, 4
