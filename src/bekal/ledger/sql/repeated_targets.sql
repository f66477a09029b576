-- An owner with two targets of one key in a run, or with a target of another place than the first in a run that closes accounts.
SELECT min(owner)
FROM (
    SELECT owner
    FROM ledger_run_target
    WHERE run = %(run)s
    GROUP BY owner
    HAVING count(*) > count(DISTINCT key) OR (%(closes)s AND max(place) > 1)
) AS repeated
