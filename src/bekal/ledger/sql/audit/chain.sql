-- The first row of each owner in (low, high] that does not follow from the rows before it. Walks the primary key in its order.
WITH walked AS (
    SELECT
        owner, sequence, after_idr, hash, debit, credit, amount_idr, posting_date, posted_at, run, key,
        row_number() OVER chain AS expected_sequence,
        lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER chain AS previous,
        lag(after_idr, 1, 0::bigint) OVER chain::numeric
            + CASE owner WHEN credit THEN amount_idr WHEN debit THEN -amount_idr::numeric ELSE 0 END AS expected_after_idr
    FROM ledger_transfer
    WHERE owner > %(low)s AND owner <= %(high)s
    WINDOW chain AS (PARTITION BY owner ORDER BY sequence)
), judged AS (
    SELECT
        owner, sequence,
        CASE
            WHEN expected_sequence = 1 AND NOT EXISTS (SELECT FROM ledger_balance AS balance WHERE balance.owner = walked.owner)
                THEN 'balance'
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
        WHEN 'balance' THEN 'transfers, but no balance row'
        WHEN 'sequence' THEN format('row %%s is where row %%s must be', sequence, expected_sequence)
        WHEN 'balance_after'
            THEN format('row %%s (%%s) states Rp %%s after it, the amounts give Rp %%s', sequence, key, after_idr, expected_after_idr)
        ELSE format('row %%s (%%s) does not have the hash of its content', sequence, key)
    END
FROM judged
WHERE failed IS NOT NULL
ORDER BY owner, sequence
