-- Locks the rows of a chunk's owners, in their order, and says the last place that a target of theirs has.
SELECT max(place)
FROM (
    SELECT owner, place
    FROM ledger_run_target
    WHERE run = %(run)s AND owner > %(low)s AND owner <= %(high)s
    ORDER BY owner, place
) AS target
CROSS JOIN LATERAL (
    SELECT FROM ledger_balance AS balance WHERE balance.owner = target.owner FOR UPDATE
) AS locked
