-- A run against what it posted and against its targets: its counters, no transfer beyond its target's bound, no target since the proposal.
WITH posted AS (
    SELECT transfer.run, count(*) AS posted_count, sum(transfer.amount_idr) AS posted_idr,
        count(*) FILTER (WHERE target.owner IS NULL OR transfer.amount_idr > target.bound_idr) AS beyond
    FROM ledger_transfer AS transfer
    LEFT JOIN ledger_run_target AS target ON target.run = transfer.run AND target.owner = transfer.owner AND target.key = transfer.key
    WHERE transfer.run IS NOT NULL
    GROUP BY transfer.run
), frozen AS (
    SELECT run, count(*) AS target_count, sum(bound_idr) AS bound_idr FROM ledger_run_target GROUP BY run
)
SELECT 'run', run.fund, format(
    'run %s counts %s transfers of Rp %s for %s targets of Rp %s; the ledger has %s of Rp %s, %s beyond their bound, for %s of Rp %s',
    run.id, run.posted_count, run.posted_idr, run.target_count, run.bound_idr,
    coalesce(posted.posted_count, 0), coalesce(posted.posted_idr, 0), coalesce(posted.beyond, 0),
    coalesce(frozen.target_count, 0), coalesce(frozen.bound_idr, 0)
)
FROM ledger_run AS run
LEFT JOIN posted ON posted.run = run.id
LEFT JOIN frozen ON frozen.run = run.id
WHERE (run.posted_count, run.posted_idr, 0, run.target_count, run.bound_idr) <> (
    coalesce(posted.posted_count, 0), coalesce(posted.posted_idr, 0), coalesce(posted.beyond, 0),
    coalesce(frozen.target_count, 0), coalesce(frozen.bound_idr, 0)
)
ORDER BY run.id
