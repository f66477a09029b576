-- The rows of one fact follow each other: sent, then paid or rejected; after paid perhaps bounced, which is then rejected; and after
-- a rejection sent again with the next occurrence.
SELECT 'occurrence', owner, format('row %%s (%%s) is out of order: it is number %%s of its kind', sequence, key, place)
FROM (
    SELECT step.*, row_number() OVER fact AS place, lag(result) OVER fact AS before,
        count(*) FILTER (WHERE result = '') OVER (PARTITION BY owner, fact ORDER BY sequence) AS times_sent
    FROM (
        SELECT owner, sequence, key, payouts_fact(key) AS fact, payouts_occurrence(key) AS occurrence,
            payouts_result(key) AS result
        FROM ledger_transfer
        WHERE owner > %(low)s AND owner <= %(high)s AND payouts_is_payment(key)
    ) AS step
    WINDOW fact AS (PARTITION BY owner, fact ORDER BY sequence)
) AS walked
WHERE occurrence <> times_sent::text
   OR NOT CASE result
        WHEN '' THEN before IS NULL OR before = 'rejected'
        WHEN 'paid' THEN coalesce(before = '', false)
        WHEN 'bounced' THEN coalesce(before = 'paid', false)
        WHEN 'rejected' THEN coalesce(before IN ('', 'bounced'), false)
        ELSE false
    END
ORDER BY owner, sequence
