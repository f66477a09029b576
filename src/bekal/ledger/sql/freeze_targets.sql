-- Stores the targets of a run, and says what they come to: how many, how much at most, the smallest bound, the last place, an owner
-- that has no balance row, and a key that names no fact.
WITH frozen AS (
    INSERT INTO ledger_run_target (run, owner, place, debit, credit, bound_idr, key)
    SELECT %(run)s, owner, place, debit, credit, bound_idr, key
    FROM ({targets}) AS target
    ORDER BY owner, place
    RETURNING owner, place, bound_idr, key
)
SELECT
    count(*), coalesce(sum(bound_idr), 0), min(bound_idr), max(place), min(owner) FILTER (WHERE sequence IS NULL),
    min(key) FILTER (WHERE octet_length(key) NOT BETWEEN 1 AND %(most_key_bytes)s)
FROM frozen
LEFT JOIN ledger_balance USING (owner)
