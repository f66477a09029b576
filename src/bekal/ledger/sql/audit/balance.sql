-- Every balance row against the last row of its chain, and chains without a balance row.
WITH tail AS (
    SELECT DISTINCT ON (owner) owner, sequence, after_idr, hash
    FROM ledger_transfer
    ORDER BY owner, sequence DESC
)
SELECT
    'balance', owner,
    CASE
        WHEN balance.owner IS NULL THEN 'transfers, but no balance row'
        ELSE format(
            'the balance row says Rp %s after row %s, the chain says Rp %s after row %s%s',
            balance.available_idr, balance.sequence, coalesce(tail.after_idr, 0), coalesce(tail.sequence, 0),
            CASE WHEN balance.head <> coalesce(tail.hash, decode(repeat('00', 32), 'hex')) THEN ', and the head differs' ELSE '' END
        )
    END
FROM ledger_balance AS balance
FULL JOIN tail USING (owner)
WHERE balance.owner IS NULL
   OR balance.available_idr <> coalesce(tail.after_idr, 0)
   OR balance.sequence <> coalesce(tail.sequence, 0)
   OR balance.head <> coalesce(tail.hash, decode(repeat('00', 32), 'hex'))
ORDER BY owner
