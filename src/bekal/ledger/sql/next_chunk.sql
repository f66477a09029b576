-- The last owner of the next chunk of a run: of about so many targets after the cursor; NULL where none is left.
SELECT max(owner)
FROM (
    SELECT owner FROM ledger_run_target WHERE run = %(run)s AND owner > %(low)s ORDER BY owner, place LIMIT %(chunk_owners)s
) AS chunk
