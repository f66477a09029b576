-- The first row of each owner that does not follow from the rows before it.
WITH walked AS (
    SELECT
        owner, sequence, after_idr, hash, debit, credit, amount_idr, posting_date, posted_at, run, key,
        row_number() OVER chain AS expected_sequence,
        lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER chain AS previous,
        sum(CASE owner WHEN credit THEN amount_idr WHEN debit THEN -amount_idr ELSE 0 END) OVER chain AS expected_after_idr
    FROM ledger_transfer
    WINDOW chain AS (PARTITION BY owner ORDER BY sequence)
), judged AS (
    SELECT
        owner, sequence,
        CASE
            WHEN sequence <> expected_sequence THEN 'sequence'
            WHEN after_idr <> expected_after_idr THEN 'balance_after'
            WHEN hash <> ledger_hash(
                previous, owner, sequence, debit, credit, amount_idr, after_idr, posting_date, posted_at, run, key
            ) THEN 'hash'
        END AS failed,
        expected_sequence, after_idr, expected_after_idr, key
    FROM walked
)
SELECT DISTINCT ON (owner)
    failed, owner,
    CASE failed
        WHEN 'sequence' THEN format('row %s stands where row %s must be', sequence, expected_sequence)
        WHEN 'balance_after' THEN format('row %s (%s) states Rp %s after it, the amounts give Rp %s', sequence, key, after_idr, expected_after_idr)
        ELSE format('row %s (%s) does not have the hash of its content', sequence, key)
    END
FROM judged
WHERE failed IS NOT NULL
ORDER BY owner, sequence
