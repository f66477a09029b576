-- An owner with two targets of one key in a run, or with two targets at all in a run that closes accounts.
SELECT min(owner)
FROM (
    SELECT owner
    FROM ledger_run_target
    WHERE run = %(run)s
    GROUP BY owner
    HAVING count(*) > count(DISTINCT key) OR (%(closes)s AND count(*) > 1)
) AS repeated
