-- The rows of one fact alternate: sent, its result, and after a rejection sent again with the next occurrence.
SELECT 'occurrence', owner, format('row %%s (%%s) is out of order: it is number %%s of its kind', sequence, key, place)
FROM (
    SELECT step.*, row_number() OVER fact AS place, lag(result) OVER fact AS before
    FROM (
        SELECT owner, sequence, key, payouts_fact(key) AS fact, payouts_occurrence(key) AS occurrence,
            payouts_result(key) AS result
        FROM ledger_transfer
        WHERE owner > %(low)s AND owner <= %(high)s AND payouts_is_payment(key)
    ) AS step
    WINDOW fact AS (PARTITION BY owner, fact ORDER BY sequence)
) AS walked
WHERE occurrence <> ((place + 1) / 2)::text OR before = 'paid'
   OR CASE mod(place, 2) WHEN 1 THEN result <> '' ELSE result NOT IN ('paid', 'rejected') END
ORDER BY owner, sequence
