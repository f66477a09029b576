-- Every balance row with owner in (low, high] against the last row of its chain.
SELECT
    'balance', balance.owner, format(
        'the balance row says Rp %%s after row %%s, the chain says Rp %%s after row %%s%%s',
        balance.available_idr, balance.sequence, coalesce(tail.after_idr, 0), coalesce(tail.sequence, 0),
        CASE WHEN balance.head <> coalesce(tail.hash, decode(repeat('00', 32), 'hex')) THEN ', and the head differs' ELSE '' END
    )
FROM ledger_balance AS balance
LEFT JOIN LATERAL (
    SELECT sequence, after_idr, hash
    FROM ledger_transfer AS transfer
    WHERE transfer.owner = balance.owner
    ORDER BY sequence DESC
    LIMIT 1
) AS tail ON true
WHERE balance.owner > %(low)s AND balance.owner <= %(high)s
  AND (
    balance.available_idr <> coalesce(tail.after_idr, 0)
    OR balance.sequence <> coalesce(tail.sequence, 0)
    OR balance.head <> coalesce(tail.hash, decode(repeat('00', 32), 'hex'))
  )
ORDER BY balance.owner
