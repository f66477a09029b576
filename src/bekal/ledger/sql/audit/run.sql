-- A run against what it posted and against its targets: its counters, no transfer beyond its target's bound, no target since the
-- proposal; and transfers of a run that nobody proposed.
WITH posted AS (
    SELECT run, posted_count, posted_idr, beyond
    FROM unnest(%(runs)s::int[], %(posted_counts)s::bigint[], %(posted_idr)s::numeric[], %(beyond)s::bigint[])
        AS posted (run, posted_count, posted_idr, beyond)
), frozen AS (
    SELECT run, count(*) AS target_count, sum(bound_idr) AS bound_idr FROM ledger_run_target GROUP BY run
)
SELECT 'run', run.fund, CASE
    WHEN run.id IS NULL THEN format('%%s transfers name run %%s, which does not exist', posted.posted_count, posted.run)
    ELSE format(
        'run %%s counts %%s transfers of Rp %%s for %%s targets of Rp %%s; the ledger has %%s of Rp %%s, %%s beyond their bound, for %%s of Rp %%s',
        run.id, run.posted_count, run.posted_idr, run.target_count, run.bound_idr,
        coalesce(posted.posted_count, 0), coalesce(posted.posted_idr, 0), coalesce(posted.beyond, 0),
        coalesce(frozen.target_count, 0), coalesce(frozen.bound_idr, 0)
    )
END
FROM ledger_run AS run
FULL JOIN posted ON posted.run = run.id
LEFT JOIN frozen ON frozen.run = run.id
WHERE run.id IS NULL OR (run.posted_count, run.posted_idr, 0, run.target_count, run.bound_idr) <> (
    coalesce(posted.posted_count, 0), coalesce(posted.posted_idr, 0), coalesce(posted.beyond, 0),
    coalesce(frozen.target_count, 0), coalesce(frozen.bound_idr, 0)
)
ORDER BY coalesce(run.id, posted.run)
